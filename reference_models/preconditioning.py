"""EDM preconditioning, loss weight and noise distribution (Karras et al., arXiv:2206.00364)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["SIGMA_DATA", "SIGMA_MAX", "SIGMA_MIN", "Denoiser", "edm_loss", "sample_sigma"]

SIGMA_DATA = 0.5
"""Standard deviation of the normalised data: preprocessing, preconditioning and loss share it."""
SIGMA_MIN = 0.002
SIGMA_MAX = 80.0


def _columns(sigma: Tensor) -> Tensor:
    return sigma.view(-1, 1, 1, 1)


class Denoiser(nn.Module):
    """D(x; sigma) = c_skip x + c_out F(c_in x; ln(sigma)/4).

    Args:
        network: the raw network F.
        boundary: None for the EDM denoiser; sigma_min for a consistency function, whose scalings
            make f(x; sigma_min) = x exactly (Song et al., arXiv:2303.01469, eq. 5 and appendix C).
    """

    def __init__(self, network: nn.Module, boundary: float | None = None) -> None:
        super().__init__()
        self.network = network
        self.boundary = boundary

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        """Denoise.

        Args:
            x: noisy normalised showers, (B, R, PHI, Z).
            sigma: noise levels, (B,).
            conditions: encoded conditions, (B, C); not scaled by c_in.
        """
        s = _columns(sigma)
        total = (s**2 + SIGMA_DATA**2).sqrt()
        shifted = s if self.boundary is None else s - self.boundary
        c_skip = SIGMA_DATA**2 / (shifted**2 + SIGMA_DATA**2)
        c_out = shifted * SIGMA_DATA / total
        raw: Tensor = self.network(x / total, sigma.log() / 4, conditions)
        denoised: Tensor = c_skip * x + c_out * raw
        return denoised


def sample_sigma(
    n: int, generator: torch.Generator, p_mean: float = -1.2, p_std: float = 1.2
) -> Tensor:
    """Training noise levels, ln(sigma) ~ N(p_mean, p_std^2); (n,)."""
    return (p_mean + p_std * torch.randn(n, generator=generator)).exp()


def edm_loss(
    denoiser: Denoiser, x0: Tensor, sigma: Tensor, noise: Tensor, conditions: Tensor
) -> Tensor:
    """Weighted denoising error, one value a shower (B,); 1 for a network that knows nothing.

    The weight (sigma^2 + sd^2)/(sigma sd)^2 is 1/c_out^2 (eq. 8).
    """
    weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
    denoised = denoiser(x0 + _columns(sigma) * noise, sigma, conditions)
    errors: Tensor = weight * (denoised - x0).square().mean(dim=(1, 2, 3))
    return errors
