"""Noise levels of a sampling run."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_models.network.preconditioning import SIGMA_MAX, SIGMA_MIN

__all__ = ["karras_sigmas"]


def karras_sigmas(
    n: int, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX, rho: float = 7.0
) -> Tensor:
    """Levels equidistant in sigma^(1/rho), then 0 (Karras et al., arXiv:2206.00364, eq. 5).

    Args:
        n: number of non-zero levels.
        sigma_min: the last of them.
        sigma_max: the first.
        rho: how much the levels crowd at the low end.

    Returns:
        float64 (n + 1,), decreasing.
    """
    ramp = torch.linspace(0, 1, n, dtype=torch.float64)
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return torch.cat([(high + ramp * (low - high)) ** rho, torch.zeros(1, dtype=torch.float64)])
