"""DPM-Solver++(2S), two evaluations per step (Lu et al., arXiv:2211.01095, algorithm 1)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, SamplerKind

__all__ = ["SAMPLERS", "DpmPlusPlus2S"]


@dataclass(frozen=True)
class DpmPlusPlus2S:
    """Second-order single-step solver in -ln sigma, with the midpoint of each step."""

    def nfe(self, n: int) -> int:
        """Two evaluations per step, one in the last."""
        return 2 * n - 1

    def __call__(
        self,
        denoise: Denoise,
        x: Tensor,
        sigmas: Tensor,
        noise: Noise,  # noqa: ARG002 (deterministic, the call is shared)
    ) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`."""
        for sigma, following in itertools.pairwise(sigmas.tolist()):
            denoised = denoise(x, sigma)
            if following == 0:
                return denoised
            middle = math.sqrt(sigma * following)
            half = denoised + middle / sigma * (x - denoised)
            denoised = denoise(half, middle)
            x = denoised + following / sigma * (x - denoised)
        return x


SAMPLERS = (SamplerKind("dpmpp_2s", DpmPlusPlus2S, "DPM-Solver++(2S)"),)
