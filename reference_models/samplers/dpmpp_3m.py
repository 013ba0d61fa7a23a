"""DPM-Solver++(3M), one evaluation per step (Lu et al., arXiv:2211.01095, section 4.2 and appendix B).

With t = -ln sigma the exact step is x' = e^-h x plus the integral of e^-(h - s) D(t + s) over s from 0 to
h. D is taken as the parabola through its last three values, which is integrated exactly. Published code takes
half of the integral of the quadratic term, which makes its steps second order: errors for a Gaussian with 64
and 128 levels fall with the power 1.8 there, 2.9 here.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, OneEvaluationAStep, SamplerKind

__all__ = ["SAMPLERS", "DpmPlusPlus3M"]


@dataclass(frozen=True)
class DpmPlusPlus3M(OneEvaluationAStep):
    """Third-order multistep solver; lower order in the first two steps, first order in the last."""

    def __call__(
        self,
        denoise: Denoise,
        x: Tensor,
        sigmas: Tensor,
        noise: Noise,  # noqa: ARG002 (deterministic, the call is shared)
    ) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`."""
        # The newest first: values of D, and the steps in -ln sigma between them.
        past: list[Tensor] = []
        steps: list[float] = []
        for sigma, following in itertools.pairwise(sigmas.tolist()):
            denoised = denoise(x, sigma)
            if following == 0:
                return denoised
            past = [denoised, *past[:2]]
            h = math.log(sigma / following)
            x = following / sigma * x + _integral(past, [step / h for step in steps], h)
            steps = [h, *steps[:1]]
        return x


def _integral(past: list[Tensor], ratios: list[float], h: float) -> Tensor:
    """The integral of e^-(h - s) D over the step, D the polynomial through the values in ``past``."""
    constant = -math.expm1(-h)
    integral = constant * past[0]
    if len(past) == 1:
        return integral
    linear = 1 - constant / h  # of s / h
    slope = (past[0] - past[1]) / ratios[0]
    if len(past) == 2:
        return integral + linear * slope
    square = 1 - 2 * linear / h  # of (s / h)^2
    earlier = (past[1] - past[2]) / ratios[1]
    curvature = (slope - earlier) / (ratios[0] + ratios[1])
    return integral + linear * (slope + ratios[0] * curvature) + square * curvature


SAMPLERS = (SamplerKind("dpmpp_3m", DpmPlusPlus3M, "DPM-Solver++(3M)"),)
