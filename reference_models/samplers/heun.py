"""Stochastic second-order Heun sampler (Karras et al., arXiv:2206.00364, algorithm 2)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, SamplerKind

__all__ = ["SAMPLERS", "Heun"]


@dataclass(frozen=True)
class Heun:
    """Heun's method with churn: noise is raised by a factor 1 + gamma before each step.

    Attributes:
        churn: S_churn; 0 makes the sampler deterministic. gamma = min(S_churn/n, sqrt(2) - 1).
        s_min: churn only at or above this noise level.
        s_max: churn only at or below this noise level.
        s_noise: deviation of the added noise.
    """

    churn: float = 0.0
    s_min: float = 0.05
    s_max: float = 50.0
    s_noise: float = 1.0

    def nfe(self, n: int) -> int:
        """Two evaluations per step, one in the last."""
        return 2 * n - 1

    def __call__(self, denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`."""
        levels = sigmas.tolist()
        gamma = min(self.churn / (len(levels) - 1), math.sqrt(2) - 1)
        for sigma, following in itertools.pairwise(levels):
            raised = sigma
            if gamma > 0 and self.s_min <= sigma <= self.s_max:
                raised = sigma * (1 + gamma)
                x = x + math.sqrt(raised**2 - sigma**2) * self.s_noise * noise(x)
            slope = (x - denoise(x, raised)) / raised
            euler = x + (following - raised) * slope
            if following > 0:
                second = (euler - denoise(euler, following)) / following
                x = x + (following - raised) * (slope + second) / 2
            else:
                x = euler
        return x


SAMPLERS = (SamplerKind("heun", Heun, "Heun's method with churn (EDM)"),)
