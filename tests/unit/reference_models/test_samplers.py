"""Samplers against the exact ODE solution of a Gaussian, in float64."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from numpy.polynomial import Polynomial

from calobench.errors import ModelError, UnknownNameError
from reference_models.inference.arrays import correlators
from reference_models.network.preconditioning import SIGMA_DATA, SIGMA_MAX, SIGMA_MIN
from reference_models.samplers.adams import adams_scheme, crowded_angles
from reference_models.samplers.base import Denoise, Sampler, SamplerKind
from reference_models.samplers.catalogue import all_samplers, levels_for, sampler_kind
from reference_models.samplers.consistency import Consistency
from reference_models.samplers.ddim import Ddim
from reference_models.samplers.dpmpp_2m import DpmPlusPlus2M
from reference_models.samplers.dpmpp_2s import DpmPlusPlus2S
from reference_models.samplers.dpmpp_3m import DpmPlusPlus3M
from reference_models.samplers.heun import Heun
from reference_models.samplers.lms import LinearMultistep
from reference_models.samplers.noise import (
    layer_mixing,
    noise_draws,
    ring_mixing,
    white_noise,
)
from reference_models.samplers.schedule import SCHEDULES, Schedule, karras_sigmas, nested_sigmas
from reference_models.variants import VARIANTS, make

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
    result = sampler(gaussian_denoiser, x, sigmas, white_noise(generator))
    return (result - exact(x, float(sigmas[0]))).square().mean().sqrt().item()


@pytest.mark.parametrize(
    ("sampler", "order"),
    [
        (Ddim(), 1),
        (Heun(), 2),
        (DpmPlusPlus2M(), 2),
        (DpmPlusPlus2S(), 2),
        (DpmPlusPlus3M(), 3),
        (LinearMultistep(4), 4),
    ],
)
def test_order_of_convergence(sampler: Sampler, order: int) -> None:
    measured = math.log2(rms_error(sampler, 64) / rms_error(sampler, 128))
    assert measured == pytest.approx(order, abs=0.25)


def gaussian_slope(y: np.ndarray, sigma: float, mean: float, std: float) -> np.ndarray:
    """F of EDM's preconditioning for N(mean, std^2), of y = x / sqrt(sigma^2 + SIGMA_DATA^2)."""
    total = math.hypot(sigma, SIGMA_DATA)
    x = y * total
    denoised = (mean * sigma**2 + std**2 * x) / (std**2 + sigma**2)
    result: np.ndarray = (denoised - SIGMA_DATA**2 / total**2 * x) * total / (sigma * SIGMA_DATA)
    return result


def test_adams_in_the_angle_is_exact_for_normal_data_and_of_third_order_for_others() -> None:
    noise = np.linspace(-3, 3, 50)
    drawn = adams_scheme(crowded_angles(2, 20.0))(
        lambda y, sigma: gaussian_slope(y, sigma, 0.0, SIGMA_DATA), noise
    )
    np.testing.assert_allclose(drawn, noise, atol=1e-12)

    def error(n: int) -> float:
        mean, std, first = 0.3, 0.2, math.atan(20.0 / SIGMA_DATA)
        angles = [first * (1 - k / n) for k in range(n + 1)]
        y = adams_scheme(angles)(lambda y, sigma: gaussian_slope(y, sigma, mean, std), noise)
        start = noise * math.hypot(20.0, SIGMA_DATA)
        exact = mean + (start - mean) * std / math.hypot(20.0, std)
        return float(np.sqrt(np.square(SIGMA_DATA * y - exact).mean()))

    assert error(64) < 1e-5
    assert math.log2(error(512) / error(1024)) == pytest.approx(3, abs=0.25)


def test_adams_scheme_by_hand() -> None:
    """One step is Euler's; of two, the first is corrected with the rule of trapezia."""
    assert adams_scheme([0.4, 0.0]).rows == ((pytest.approx(0.4),),)
    scheme = adams_scheme([0.4, 0.2, 0.0])
    assert scheme.sigmas == pytest.approx([SIGMA_DATA * math.tan(angle) for angle in (0.4, 0.2)])
    # 0.1 (F_0 + F_1) of the correction, then 0.2 (3/2 F_1 - 1/2 F_0) of Adams and Bashforth.
    assert scheme.rows[0] == pytest.approx([0.2])
    assert scheme.rows[1] == pytest.approx([0.0, 0.4])


@pytest.mark.parametrize(
    ("sampler", "n", "published"),
    [
        (Ddim(), 64, 2.2e-2),
        (Heun(), 64, 1.8e-3),
        (DpmPlusPlus2M(), 64, 1.9e-3),
        (LinearMultistep(4), 64, 3.7e-4),
    ],
)
def test_error_at_64_steps_is_the_known_one(sampler: Sampler, n: int, published: float) -> None:
    assert rms_error(sampler, n) == pytest.approx(published, rel=0.25)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_ddim_is_the_linear_multistep_method_of_order_one(schedule: Schedule) -> None:
    sigmas = schedule(18)
    x = torch.linspace(-200, 200, 50, dtype=torch.float64)
    first = Ddim()(gaussian_denoiser, x, sigmas, white_noise(torch.Generator()))
    second = LinearMultistep(1)(gaussian_denoiser, x, sigmas, white_noise(torch.Generator()))
    torch.testing.assert_close(first, second, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", all_samplers().values(), ids=all_samplers())
def test_a_denoised_value_that_stays_is_reached(kind: SamplerKind) -> None:
    # Every sampler is exact where the denoised value does not change.
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)
    result = kind.make()(
        lambda x, _sigma: torch.full_like(x, 0.7),
        x,
        karras_sigmas(9),
        white_noise(torch.Generator().manual_seed(2)),
    )
    torch.testing.assert_close(result, torch.full_like(x, 0.7))


def mixture_denoiser(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """E[x0 | x] of .3 N(-1, .1^2) + .7 N(.6, .25^2)."""
    weight, mean = torch.tensor([0.3, 0.7]), torch.tensor([-1.0, 0.6])
    variance = torch.tensor([0.1, 0.25]) ** 2
    total = variance + sigma**2
    log = weight.log() - total.log() / 2 - (x[:, None] - mean) ** 2 / (2 * total)
    responsibility = torch.softmax(log.double(), 1)
    return (responsibility * (mean * sigma**2 + variance * x[:, None]) / total).sum(1)


@pytest.mark.parametrize("name", ["karras", "exponential", "nested"])
@pytest.mark.parametrize(("denoiser", "n"), [(gaussian_denoiser, 25), (mixture_denoiser, 64)])
def test_third_order_is_nearer_to_the_solution_with_unequal_steps(
    denoiser: Denoise, n: int, name: str
) -> None:
    start = 80 * torch.randn(300, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    exact = Heun()(denoiser, start, karras_sigmas(600), white_noise(torch.Generator()))

    def error(sampler: Sampler) -> float:
        result = sampler(denoiser, start, SCHEDULES[name](n), white_noise(torch.Generator()))
        return (result - exact).square().mean().sqrt().item()

    assert error(DpmPlusPlus3M()) < error(DpmPlusPlus2M())


def test_a_step_of_third_order_is_the_integral_of_the_parabola() -> None:
    """Of steps whose lengths differ by a factor of five, against a quadrature."""
    levels, past = [9.0, 7.0, 2.5, 1.1, 0.2], {9.0: 0.4, 7.0: -1.3, 2.5: 0.8, 1.1: 2.1}
    result = DpmPlusPlus3M()(
        lambda x, sigma: torch.full_like(x, past[sigma]),
        torch.tensor([3.0], dtype=torch.float64),
        torch.tensor(levels, dtype=torch.float64),
        white_noise(torch.Generator()),
    )
    x, nodes, weights = 3.0, *np.polynomial.legendre.leggauss(60)
    for k, (sigma, following) in enumerate(itertools.pairwise(levels)):
        known = levels[max(k - 2, 0) : k + 1]
        through = Polynomial.fit(-np.log(known), [past[s] for s in known], len(known) - 1)
        h = math.log(sigma / following)
        s = (nodes + 1) * h / 2
        integral = (weights * np.exp(s - h) * through(s - math.log(sigma))).sum() * h / 2
        x = following / sigma * x + float(integral)
    assert result.item() == pytest.approx(x, rel=1e-12)


@pytest.mark.parametrize("name", ["dpmpp_3m", "lms", "heun", "dpmpp_2s"])
def test_a_mixture_is_reached_with_more_evaluations(name: str) -> None:
    # W1 to the mixture; two samples of it are .006 apart on average at these numbers.
    generator = torch.Generator().manual_seed(7)
    start = torch.randn(20_000, dtype=torch.float64, generator=generator) * 80.0
    chosen = torch.rand(20_000, generator=generator) < 0.3
    normal = torch.randn(20_000, dtype=torch.float64, generator=generator)
    truth = torch.where(chosen, -1 + 0.1 * normal, 0.6 + 0.25 * normal).sort().values

    def distance(n: int) -> float:
        result = all_samplers()[name].make()(
            mixture_denoiser, start, karras_sigmas(n), white_noise(torch.Generator().manual_seed(2))
        )
        return (result.sort().values - truth).abs().mean().item()

    assert distance(64) < 0.02 < distance(8)


def test_every_number_of_evaluations_is_met_or_the_nearest_is_named() -> None:
    assert levels_for(Heun(), 63) == 32
    assert levels_for(DpmPlusPlus3M(), 25) == 25
    with pytest.raises(ModelError, match="nfe=23 or nfe=25"):
        levels_for(Heun(), 24)
    with pytest.raises(UnknownNameError, match="did you mean"):
        sampler_kind("dpmp_3m")


def test_first_order_step_of_dpmpp_is_euler() -> None:
    # Two levels: one first-order step, then the jump to the denoised value.
    sigmas = torch.tensor([10.0, 4.0, 0.0], dtype=torch.float64)
    x = torch.tensor([7.0, -3.0], dtype=torch.float64)
    denoised = gaussian_denoiser(x, 10.0)
    euler = denoised + 4.0 / 10.0 * (x - denoised)
    result = DpmPlusPlus2M()(gaussian_denoiser, x, sigmas, white_noise(torch.Generator()))
    torch.testing.assert_close(result, gaussian_denoiser(euler, 4.0))


@pytest.mark.parametrize("churn", [0.0, 10.0, 40.0])
def test_churn_keeps_the_distribution(churn: float) -> None:
    # Of 40,000 samples the deviation has a standard error of 0.35 %; the bias is below 0.3 %.
    generator = torch.Generator().manual_seed(5)
    sigmas = karras_sigmas(256)
    x = torch.randn(40_000, dtype=torch.float64, generator=generator) * sigmas[0]
    samples = Heun(churn=churn)(gaussian_denoiser, x, sigmas, white_noise(generator))
    assert samples.std().item() == pytest.approx(STD, rel=0.015)
    assert samples.mean().item() == pytest.approx(MEAN, abs=0.0125)


def test_consistency_function_of_a_gaussian_is_sampled_exactly() -> None:
    def consistency(x: torch.Tensor, sigma: float) -> torch.Tensor:
        return MEAN + (x - MEAN) * math.sqrt((STD**2 + 0.002**2) / (STD**2 + sigma**2))

    generator = torch.Generator().manual_seed(6)
    for n in (1, 2, 4):
        sigmas = nested_sigmas(n)
        x = torch.randn(100_000, dtype=torch.float64, generator=generator) * 80.0
        samples = Consistency()(consistency, x, sigmas, white_noise(generator))
        assert samples.std().item() == pytest.approx(STD, rel=0.01)


def test_no_variant_evaluates_a_consistency_function_where_it_is_the_identity() -> None:
    for variant in VARIANTS:
        if sampler_kind(variant.sampler).consistency:
            levels = make(variant).sigmas.tolist()
            assert len(levels) == variant.nfe + 1
            assert levels[0] == pytest.approx(SIGMA_MAX)
            assert min(levels[:-1]) > 100 * SIGMA_MIN


@pytest.mark.parametrize(
    ("sampler", "n", "nfe"),
    [
        (Ddim(), 25, 25),
        (Heun(8.0), 32, 63),
        (LinearMultistep(), 40, 40),
        (DpmPlusPlus2M(), 25, 25),
        (DpmPlusPlus2S(), 13, 25),
        (DpmPlusPlus3M(), 25, 25),
        (Consistency(), 2, 2),
    ],
)
def test_declared_evaluations_are_the_real_ones(sampler: Sampler, n: int, nfe: int) -> None:
    calls = 0

    def counting(x: torch.Tensor, sigma: float) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return gaussian_denoiser(x, sigma)

    noise = white_noise(torch.Generator().manual_seed(1))
    sampler(counting, torch.ones(3), karras_sigmas(n), noise)
    assert calls == sampler.nfe(n) == nfe


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_schedule_of_one_level_is_the_highest(schedule: Schedule) -> None:
    assert schedule(1).tolist() == pytest.approx([80.0, 0.0])


@pytest.mark.parametrize("name", ["karras", "exponential", "cosine"])
def test_schedule_ends(name: str) -> None:
    sigmas = SCHEDULES[name](18)
    assert len(sigmas) == 19
    assert sigmas[0].item() == pytest.approx(80.0)
    assert sigmas[-2].item() == pytest.approx(0.002)
    assert bool((sigmas.diff() < 0).all())


def test_levels_of_half_as_many_steps_are_every_second_one() -> None:
    torch.testing.assert_close(nested_sigmas(32)[::2], nested_sigmas(16), rtol=1e-12, atol=0)
    assert nested_sigmas(32)[0].item() == pytest.approx(80.0)
    assert nested_sigmas(32)[-1].item() == 0
    assert bool((nested_sigmas(32).diff() < 0).all())


def test_layers_of_noise_are_correlated_as_asked_and_nothing_else() -> None:
    mixing = layer_mixing(6, 3, inside=0.1, across=0.4)
    # 2 million numbers per layer: a correlation has a standard error of 0.0007.
    noise = white_noise(torch.Generator().manual_seed(1))(torch.empty(14_000, 9, 16, 6)) @ mixing.T
    correlation = torch.corrcoef(noise.reshape(-1, 6).T)
    expected = torch.eye(6)
    for first, value in enumerate((0.1, 0.1, 0.4, 0.1, 0.1)):
        expected[first, first + 1] = expected[first + 1, first] = value
    torch.testing.assert_close(correlation, expected, rtol=0, atol=0.005)
    assert noise.std().item() == pytest.approx(1, abs=0.005)
    turned = torch.corrcoef(torch.stack([noise[:, 0].flatten(), noise[:, 1].flatten()]))
    assert turned[0, 1].item() == pytest.approx(0, abs=0.005)


def test_layers_without_correlation_are_white_noise() -> None:
    assert torch.equal(layer_mixing(45, 3, 0, 0), torch.eye(45))


def rings_correlated(white: torch.Tensor, correlation: torch.Tensor) -> torch.Tensor:
    """As a model does it, with layers that are not correlated."""
    (correlated,) = correlators(ring_mixing(correlation[None]), torch.eye(white.shape[3])[None])
    return torch.from_numpy(correlated(white.numpy()))


def test_rings_of_noise_are_correlated_as_asked_in_each_layer_and_nothing_else() -> None:
    asked = torch.tensor([[0.4, 0.0, -0.3], [0.45, 0.1, 0.0], [0.2, 0.2, 0.2]])
    generator = torch.Generator().manual_seed(2)
    noise = rings_correlated(white_noise(generator)(torch.empty(60_000, 4, 16, 3)), asked)
    # 1 million numbers per ring and layer: a correlation has a standard error of 0.001.
    correlation = torch.corrcoef(noise.permute(1, 3, 0, 2).reshape(12, -1)).reshape(4, 3, 4, 3)
    expected = torch.eye(12).reshape(4, 3, 4, 3)
    for ring, layer in torch.cartesian_prod(torch.arange(3), torch.arange(3)).tolist():
        value = asked[ring, layer]
        expected[ring, layer, ring + 1, layer] = expected[ring + 1, layer, ring, layer] = value
    torch.testing.assert_close(correlation, expected, rtol=0, atol=0.006)
    torch.testing.assert_close(noise.std(dim=(0, 2)), torch.ones(4, 3), rtol=0, atol=0.004)


def test_rings_without_correlation_are_white_noise() -> None:
    white = torch.randn(2, 9, 16, 45, generator=torch.Generator().manual_seed(3))
    assert torch.equal(rings_correlated(white, torch.zeros(8, 45)), white)


def test_correlations_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.6"):
        layer_mixing(45, 3, 0.0, 0.6)
    with pytest.raises(ValueError, match="correlations of rings"):
        ring_mixing(torch.full((5, 8, 45), -0.49))


def test_noise_of_a_sampler_is_counted() -> None:
    sigmas = karras_sigmas(18)
    assert noise_draws(Heun(), sigmas) == 1
    churned = int(((sigmas >= 0.05) & (sigmas <= 50)).sum())
    assert noise_draws(Heun(churn=8.0), sigmas) == 1 + churned
