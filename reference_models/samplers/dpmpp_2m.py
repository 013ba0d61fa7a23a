"""DPM-Solver++(2M), one evaluation per step (Lu et al., arXiv:2211.01095, algorithm 2)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, OneEvaluationAStep, SamplerKind

__all__ = ["SAMPLERS", "DpmPlusPlus2M"]


@dataclass(frozen=True)
class DpmPlusPlus2M(OneEvaluationAStep):
    """Second-order multistep solver in -ln sigma; first order in the first and the last step."""

    def __call__(
        self,
        denoise: Denoise,
        x: Tensor,
        sigmas: Tensor,
        noise: Noise,  # noqa: ARG002 (deterministic, the call is shared)
    ) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`."""
        levels = sigmas.tolist()
        previous: Tensor | None = None
        h_previous = 0.0
        for sigma, following in itertools.pairwise(levels):
            denoised = denoise(x, sigma)
            if following == 0:
                return denoised
            h = math.log(sigma / following)
            if previous is None:
                estimate = denoised
            else:
                r = h_previous / h
                estimate = (1 + 1 / (2 * r)) * denoised - previous / (2 * r)
            x = following / sigma * x - math.expm1(-h) * estimate
            previous, h_previous = denoised, h
        return x


SAMPLERS = (SamplerKind("dpmpp_2m", DpmPlusPlus2M, "DPM-Solver++(2M)"),)
