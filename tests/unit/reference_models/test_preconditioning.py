"""EDM scalings, loss weight and the consistency boundary."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from reference_models.network.preconditioning import (
    SIGMA_DATA,
    SIGMA_MIN,
    Denoiser,
    edm_loss,
    sample_sigma,
)


class Recorder(nn.Module):
    """Remembers what it was given and returns a constant."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = value
        self.x = torch.empty(0)

    def forward(self, x: Tensor, c_noise: Tensor, conditions: Tensor) -> Tensor:
        self.x = x
        return torch.full_like(x, self.value)


@pytest.mark.parametrize("sigma", [0.01, 0.3, 2.0, 50.0])
def test_network_input_has_unit_variance(sigma: float) -> None:
    generator = torch.Generator().manual_seed(1)
    x0 = SIGMA_DATA * torch.randn(20, 9, 16, 45, generator=generator)
    noisy = x0 + sigma * torch.randn(x0.shape, generator=generator)
    network = Recorder()
    Denoiser(network)(noisy, torch.full((20,), sigma), torch.zeros(20, 10))
    assert network.x.var().item() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("sigma", [0.01, 0.3, 2.0, 50.0])
def test_loss_of_an_ignorant_network_is_one(sigma: float) -> None:
    generator = torch.Generator().manual_seed(2)
    x0 = SIGMA_DATA * torch.randn(20, 9, 16, 45, generator=generator)
    noise = torch.randn(x0.shape, generator=generator)
    loss = edm_loss(Denoiser(Recorder()), x0, torch.full((20,), sigma), noise, torch.zeros(20, 10))
    assert loss.mean().item() == pytest.approx(1.0, abs=0.02)


def test_consistency_function_is_the_identity_at_sigma_min() -> None:
    x = torch.randn(3, 9, 16, 45)
    function = Denoiser(Recorder(value=7.0), SIGMA_MIN)
    result = function(x, torch.full((3,), SIGMA_MIN), torch.zeros(3, 10))
    torch.testing.assert_close(result, x, rtol=0, atol=0)


def test_noise_levels_are_log_normal() -> None:
    logs = sample_sigma(100_000, torch.Generator().manual_seed(3)).log()
    assert logs.mean().item() == pytest.approx(-1.2, abs=0.02)
    assert logs.std().item() == pytest.approx(1.2, abs=0.02)
