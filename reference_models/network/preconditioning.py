"""EDM preconditioning, loss weight and noise distribution (Karras et al., arXiv:2206.00364)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = [
    "SIGMA_DATA",
    "SIGMA_MAX",
    "SIGMA_MIN",
    "Denoiser",
    "Scalings",
    "edm_loss",
    "sample_sigma",
    "scalings",
]

SIGMA_DATA = 0.5
"""Standard deviation of the normalised data: preprocessing, preconditioning and loss share it."""
SIGMA_MIN = 0.002
SIGMA_MAX = 80.0


def _columns(sigma: Tensor) -> Tensor:
    return sigma.view(-1, 1, 1, 1)


class Scalings(NamedTuple):
    """The coefficients of :class:`Denoiser`, each of the shape of sigma.

    Attributes:
        skip: c_skip.
        out: c_out.
        total: 1 / c_in, the deviation of noisy data.
    """

    skip: Tensor
    out: Tensor
    total: Tensor


def scalings(sigma: Tensor, boundary: float | None) -> Scalings:
    """Coefficients at the noise levels ``sigma``.

    Args:
        sigma: noise levels.
        boundary: None for the EDM denoiser; sigma_min for a consistency function, whose scalings
            make f(x; sigma_min) = x exactly (Song et al., arXiv:2303.01469, eq. 5 and appendix C).
    """
    total = (sigma**2 + SIGMA_DATA**2).sqrt()
    shifted = sigma if boundary is None else sigma - boundary
    skip = SIGMA_DATA**2 / (shifted**2 + SIGMA_DATA**2)
    return Scalings(skip, shifted * SIGMA_DATA / total, total)


class Denoiser(nn.Module):
    """D(x; sigma) = c_skip x + c_out F(c_in x; ln(sigma)/4).

    Args:
        network: the raw network F.
        boundary: see :func:`scalings`.
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
        c_skip, c_out, total = scalings(_columns(sigma), self.boundary)
        raw: Tensor = self.network(x / total, sigma.log() / 4, conditions)
        denoised: Tensor = c_skip * x + c_out * raw
        return denoised


def sample_sigma(
    n: int, generator: torch.Generator, p_mean: float = -1.2, p_std: float = 1.2
) -> Tensor:
    """Training noise levels, ln(sigma) ~ N(p_mean, p_std^2); (n,), on the device of the generator."""
    normal = torch.randn(n, generator=generator, device=generator.device)
    return (p_mean + p_std * normal).exp()


def edm_loss(
    denoiser: Denoiser,
    x0: Tensor,
    sigma: Tensor,
    noise: Tensor,
    conditions: Tensor,
    cell_weights: Tensor | None = None,
) -> Tensor:
    """Weighted denoising error, one value per shower (B,); 1 for a network that knows nothing.

    The weight (sigma^2 + sd^2)/(sigma sd)^2 is 1/c_out^2 (eq. 8).

    Args:
        denoiser: what is trained.
        x0: clean normalised showers, (B, R, PHI, Z).
        sigma: noise levels, (B,).
        noise: of deviation 1, as ``x0``.
        conditions: encoded, (B, C).
        cell_weights: of mean 1, to be broadcast against one shower; None for equal ones.
    """
    weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
    denoised = denoiser(x0 + _columns(sigma) * noise, sigma, conditions)
    squares = (denoised - x0).square()
    if cell_weights is not None:
        squares = squares * cell_weights
    errors: Tensor = weight * squares.mean(dim=(1, 2, 3))
    return errors
