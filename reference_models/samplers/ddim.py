"""DDIM without added noise, which is Euler's method (Song et al., arXiv:2010.02502, eq. 12)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from torch import Tensor

from reference_models.samplers.base import Denoise, Noise, OneEvaluationAStep, SamplerKind

__all__ = ["SAMPLERS", "Ddim"]


@dataclass(frozen=True)
class Ddim(OneEvaluationAStep):
    """First order: the slope (x - D) / sigma is held over a step."""

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
            x = denoised + following / sigma * (x - denoised)
        return x


SAMPLERS = (SamplerKind("ddim", Ddim, "DDIM, which is Euler's method"),)
