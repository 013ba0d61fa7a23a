"""Noise levels of a sampling run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from reference_models.network.preconditioning import SIGMA_MAX, SIGMA_MIN

__all__ = [
    "SCHEDULES",
    "Schedule",
    "cosine_sigmas",
    "exponential_sigmas",
    "karras_sigmas",
    "nested_sigmas",
]


class Schedule(Protocol):
    """``(n) -> (n + 1,)`` decreasing noise levels in float64, the last one 0."""

    def __call__(self, n: int) -> Tensor:
        """The noise levels."""


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
    return _to_zero(_ramp(n, sigma_max ** (1 / rho), sigma_min ** (1 / rho)) ** rho)


def exponential_sigmas(
    n: int, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX
) -> Tensor:
    """Levels equidistant in ln sigma, then 0: the variance-exploding schedule of geometric steps.

    Song et al., arXiv:2011.13456, appendix C. Arguments and result as of :func:`karras_sigmas`.
    """
    return _to_zero(_ramp(n, math.log(sigma_max), math.log(sigma_min)).exp())


def cosine_sigmas(n: int, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX) -> Tensor:
    """Levels equidistant in arctan sigma, then 0: the cosine schedule.

    Nichol and Dhariwal, arXiv:2102.09672, eq. 17 without its offset: of signal cos(u) and noise sin(u)
    the ratio is sigma = tan(u). Arguments and result as of :func:`karras_sigmas`.
    """
    return _to_zero(_ramp(n, math.atan(sigma_max), math.atan(sigma_min)).tan())


def nested_sigmas(
    n: int, sigma_min: float = SIGMA_MIN, sigma_max: float = SIGMA_MAX, rho: float = 7.0
) -> Tensor:
    """Every second level of those for 2 n: what students of progressive distillation were trained on.

    As :func:`karras_sigmas`, but sigma_min is one step after the last level, where 0 is instead. At
    sigma_min a consistency function is the identity: an evaluation there would change nothing.
    """
    ramp = _ramp(n + 1, sigma_max ** (1 / rho), sigma_min ** (1 / rho))
    return _to_zero(ramp[:-1] ** rho)


def _ramp(n: int, first: float, last: float) -> Tensor:
    return first + torch.linspace(0, 1, n, dtype=torch.float64) * (last - first)


def _to_zero(levels: Tensor) -> Tensor:
    return torch.cat([levels, torch.zeros(1, dtype=torch.float64)])


SCHEDULES: Mapping[str, Schedule] = {
    "karras": karras_sigmas,
    "exponential": exponential_sigmas,
    "cosine": cosine_sigmas,
    "nested": nested_sigmas,
}
"""Schedules by name, for ``--model edm:schedule=NAME``."""
