"""Gaussian noise of samplers: white, or correlated between neighbouring layers and rings.

A network that has seen few showers learns the patterns within a token before those across tokens:
neighbouring layers and rings then do not follow each other in azimuth as Geant4's do. The sample follows the
noise that it is made from, so that noise which is correlated from cell to cell brings back what is missing.
Every cell's noise keeps deviation 1, and the azimuth is left alone, so that all symmetries of the stack
remain.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reference_models.calibration.tables import Calibration
from reference_models.samplers.base import Noise, Sampler

__all__ = [
    "MAX_CORRELATION",
    "RingMixing",
    "layer_mixing",
    "layer_mixings",
    "noise_draws",
    "ring_mixing",
    "white_noise",
]

MAX_CORRELATION = 31 / 64
"""Of neighbours; beyond 1/2 the matrix of correlations need not be one. Exact in any precision."""


def white_noise(generator: torch.Generator) -> Noise:
    """Independent noise, drawn on the CPU, so that a seed means the same on any device."""

    def noise(like: Tensor) -> Tensor:
        drawn = torch.randn(like.shape, generator=generator, dtype=like.dtype)
        return drawn.to(like.device)

    return noise


def noise_draws(sampler: Sampler, sigmas: Tensor) -> int:
    """Number of draws of noise of a sampler for one shower, that which it starts from included."""
    draws = 1

    def counted(like: Tensor) -> Tensor:
        nonlocal draws
        draws += 1
        return torch.zeros_like(like)

    sampler(lambda x, _sigma: x, torch.zeros(1), sigmas, counted)
    return draws


def layer_mixing(n_z: int, token: int, inside: float, across: float) -> Tensor:
    """The matrix (Z, Z) that makes white noise into noise of correlated layers.

    Args:
        n_z: number of layers.
        token: layers of one token.
        inside: correlation of neighbouring layers of one token.
        across: correlation of the last layer of a token with the first of the next.

    Raises:
        ValueError: a correlation is beyond :data:`MAX_CORRELATION`.
    """
    if max(abs(inside), abs(across)) > MAX_CORRELATION:
        raise ValueError(
            f"correlations {inside:g} and {across:g} of layers must be within +-{MAX_CORRELATION:.2f}"
        )
    last = (torch.arange(n_z - 1) % token) == token - 1
    beside = torch.where(last, across, inside).double()
    matrix = torch.eye(n_z, dtype=torch.float64) + beside.diag(1) + beside.diag(-1)
    mixing: Tensor = torch.linalg.cholesky(matrix).float()
    return mixing


def layer_mixings(calibration: Calibration, n_z: int, token: int) -> Tensor:
    """The matrix of each one-hot slot, (slots, Z, Z).

    Args:
        calibration: has the correlations.
        n_z: number of layers.
        token: layers of one token.
    """
    return torch.stack([layer_mixing(n_z, token, *pair) for pair in calibration.noise.tolist()])


class RingMixing(NamedTuple):
    """How rings of white noise become correlated: each is own * its noise + before * that of the last ring.

    Attributes:
        own: (..., R, 1, Z).
        before: likewise; 0 in the innermost ring.
    """

    own: Tensor
    before: Tensor


def ring_mixing(correlation: Tensor) -> RingMixing:
    """The mixing of rings for correlations of each with the next one, in each layer.

    Noise of rings further apart is not correlated. The coefficients are the root (Cholesky) of a tridiagonal
    matrix of correlations, which has no others.

    Args:
        correlation: (..., R - 1, Z).

    Raises:
        ValueError: a correlation is beyond :data:`MAX_CORRELATION`.
    """
    if bool((correlation.abs() > MAX_CORRELATION).any()):
        raise ValueError(f"correlations of rings must be within +-{MAX_CORRELATION:.2f}")
    last = torch.ones_like(correlation[..., 0, :], dtype=torch.float64)
    own, before = [last], [torch.zeros_like(last)]
    for with_next in correlation.double().unbind(dim=-2):
        before.append(with_next / last)
        last = (1 - before[-1].square()).sqrt()
        own.append(last)
    return RingMixing(*(torch.stack(rows, dim=-2).float().unsqueeze(-2) for rows in (own, before)))
