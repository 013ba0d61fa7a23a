"""Linear multistep method: Adams-Bashforth on unequal steps.

Hairer, Norsett and Wanner, *Solving Ordinary Differential Equations I*, section III.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, OneEvaluationAStep, SamplerKind

__all__ = ["SAMPLERS", "LinearMultistep", "adams_bashforth"]


def adams_bashforth(past: list[float], start: float, end: float) -> list[float]:
    """Weights of past slopes in the step from ``start`` to ``end``.

    The polynomial through the slopes is integrated exactly.

    Args:
        past: noise levels at which slopes are known, all different; one weight for each.
        start: noise level where the step begins.
        end: noise level where it ends.
    """
    weights = []
    for k, level in enumerate(past):
        basis = Polynomial([1.0])
        for j, other in enumerate(past):
            if j != k:
                basis *= Polynomial([-other, 1.0]) / (level - other)
        integral = basis.integ(lbnd=start)
        weights.append(float(integral(end)))
    return weights


@dataclass(frozen=True)
class LinearMultistep(OneEvaluationAStep):
    """One evaluation per step; earlier slopes make up for it.

    Attributes:
        order: how many slopes are used; fewer in the first steps.
    """

    order: int = 4

    def __call__(
        self,
        denoise: Denoise,
        x: Tensor,
        sigmas: Tensor,
        noise: Noise,  # noqa: ARG002 (deterministic, the call is shared)
    ) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`."""
        levels = sigmas.tolist()
        slopes: list[Tensor] = []
        for i in range(len(levels) - 1):
            slopes.insert(0, (x - denoise(x, levels[i])) / levels[i])
            del slopes[self.order :]
            past = [levels[i - k] for k in range(len(slopes))]
            weights = adams_bashforth(past, levels[i], levels[i + 1])
            x = x + sum((w * s for w, s in zip(weights, slopes, strict=True)), torch.zeros_like(x))
        return x


SAMPLERS = (SamplerKind("lms", LinearMultistep, "linear multistep method of order 4"),)
