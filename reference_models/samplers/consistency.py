"""Multistep sampling of a consistency function (Song et al., arXiv:2303.01469, algorithm 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from reference_models.network.preconditioning import SIGMA_MIN
from reference_models.samplers.base import Denoise, Noise, OneEvaluationAStep, SamplerKind

__all__ = ["SAMPLERS", "Consistency"]


@dataclass(frozen=True)
class Consistency(OneEvaluationAStep):
    """Jump to the clean sample from each level, then noise it again to the next level.

    With one level this is a single evaluation.
    """

    def __call__(self, denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Tensor:
        """See :class:`reference_models.samplers.base.Sampler`; ``denoise`` is the function."""
        levels = sigmas.tolist()
        clean = denoise(x, levels[0])
        for sigma in levels[1:-1]:
            clean = denoise(clean + math.sqrt(sigma**2 - SIGMA_MIN**2) * noise(x), sigma)
        return clean


SAMPLERS = (
    SamplerKind("consistency", Consistency, "multistep consistency sampling", consistency=True),
)
