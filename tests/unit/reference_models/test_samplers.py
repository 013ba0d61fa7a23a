"""Samplers against the exact ODE solution of a Gaussian, in float64."""

from __future__ import annotations

import math

import pytest
import torch

from reference_models.samplers.base import Sampler
from reference_models.samplers.consistency import Consistency
from reference_models.samplers.dpmpp_2m import DpmPlusPlus2M
from reference_models.samplers.heun import Heun
from reference_models.samplers.schedule import karras_sigmas

MEAN, STD = 0.3, 0.5


def gaussian_denoiser(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """E[x0 | x] of N(MEAN, STD^2)."""
    return (MEAN * sigma**2 + STD**2 * x) / (STD**2 + sigma**2)


def exact(x: torch.Tensor, start: float) -> torch.Tensor:
    return MEAN + (x - MEAN) * math.sqrt(STD**2 / (STD**2 + start**2))


def rms_error(sampler: Sampler, n: int) -> float:
    generator = torch.Generator().manual_seed(3)
    sigmas = karras_sigmas(n)
    x = torch.randn(500, dtype=torch.float64, generator=generator) * sigmas[0]
    found = sampler(gaussian_denoiser, x, sigmas, generator)
    return (found - exact(x, float(sigmas[0]))).square().mean().sqrt().item()


@pytest.mark.parametrize("sampler", [Heun(), DpmPlusPlus2M()])
def test_second_order_convergence(sampler: Sampler) -> None:
    order = math.log2(rms_error(sampler, 64) / rms_error(sampler, 128))
    assert order == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize(
    ("sampler", "n", "published"), [(Heun(), 64, 1.8e-3), (DpmPlusPlus2M(), 64, 1.9e-3)]
)
def test_error_at_64_steps_is_the_known_one(sampler: Sampler, n: int, published: float) -> None:
    assert rms_error(sampler, n) == pytest.approx(published, rel=0.25)


def test_first_order_step_of_dpmpp_is_euler() -> None:
    # Two levels: one first-order step, then the jump to the denoised value.
    sigmas = torch.tensor([10.0, 4.0, 0.0], dtype=torch.float64)
    x = torch.tensor([7.0, -3.0], dtype=torch.float64)
    denoised = gaussian_denoiser(x, 10.0)
    euler = denoised + 4.0 / 10.0 * (x - denoised)
    found = DpmPlusPlus2M()(gaussian_denoiser, x, sigmas, torch.Generator())
    torch.testing.assert_close(found, gaussian_denoiser(euler, 4.0))


@pytest.mark.parametrize("churn", [0.0, 10.0, 40.0])
def test_churn_keeps_the_distribution(churn: float) -> None:
    # Of 40,000 samples the deviation has a standard error of 0.35 %; the bias is below 0.3 %.
    generator = torch.Generator().manual_seed(5)
    sigmas = karras_sigmas(256)
    x = torch.randn(40_000, dtype=torch.float64, generator=generator) * sigmas[0]
    found = Heun(churn=churn)(gaussian_denoiser, x, sigmas, generator)
    assert found.std().item() == pytest.approx(STD, rel=0.015)
    assert found.mean().item() == pytest.approx(MEAN, abs=0.0125)


def test_consistency_function_of_a_gaussian_is_sampled_exactly() -> None:
    def consistency(x: torch.Tensor, sigma: float) -> torch.Tensor:
        return MEAN + (x - MEAN) * math.sqrt((STD**2 + 0.002**2) / (STD**2 + sigma**2))

    generator = torch.Generator().manual_seed(6)
    for n in (1, 2, 4):
        sigmas = karras_sigmas(n) if n > 1 else torch.tensor([80.0, 0.0])
        x = torch.randn(100_000, dtype=torch.float64, generator=generator) * 80.0
        found = Consistency()(consistency, x, sigmas, generator)
        assert found.std().item() == pytest.approx(STD, rel=0.01)


@pytest.mark.parametrize(
    ("sampler", "n", "nfe"), [(Heun(8.0), 32, 63), (DpmPlusPlus2M(), 25, 25), (Consistency(), 2, 2)]
)
def test_declared_evaluations_are_the_real_ones(sampler: Sampler, n: int, nfe: int) -> None:
    calls = 0

    def counting(x: torch.Tensor, sigma: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return gaussian_denoiser(x, sigma)

    sampler(counting, torch.ones(3), karras_sigmas(n), torch.Generator().manual_seed(1))
    assert calls == sampler.nfe(n) == nfe


def test_schedule_of_one_level_is_the_highest() -> None:
    sigmas = karras_sigmas(1)
    assert sigmas.tolist() == pytest.approx([80.0, 0.0])


def test_schedule_ends() -> None:
    sigmas = karras_sigmas(18)
    assert len(sigmas) == 19
    assert sigmas[0].item() == pytest.approx(80.0)
    assert sigmas[-2].item() == pytest.approx(0.002)
    assert bool((sigmas.diff() < 0).all())
