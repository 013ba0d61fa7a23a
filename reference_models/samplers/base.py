"""The call that all samplers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Denoise", "OneEvaluationAStep", "Sampler", "SamplerKind"]

Denoise = Callable[[Tensor, float], Tensor]
"""``(x, sigma) -> estimate of the clean x``, same shape."""


class Sampler(Protocol):
    """Turns noise into samples."""

    def nfe(self, n: int) -> int:
        """Network function evaluations for ``n`` noise levels."""

    def __call__(
        self, denoise: Denoise, x: Tensor, sigmas: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Integrate from ``sigmas[0]`` to 0.

        Args:
            denoise: the denoiser, with the conditions bound.
            x: starting point, noise of deviation ``sigmas[0]``, on any device.
            sigmas: (n + 1,), decreasing, the last one 0.
            generator: for samplers that add noise; of the CPU, so that a seed means the same on any
                device.
        """


class OneEvaluationAStep:
    """Of samplers that evaluate the network once for every noise level."""

    def nfe(self, n: int) -> int:
        """Network function evaluations for ``n`` noise levels."""
        return n


@dataclass(frozen=True)
class SamplerKind:
    """A sampler by name; a module lists its own in ``SAMPLERS``.

    Attributes:
        name: in ``--model edm:sampler=NAME``.
        make: makes one; takes the sampler's settings as keywords.
        description: one line for people.
        consistency: it samples a consistency function, and not a denoiser.
    """

    name: str
    make: Callable[..., Sampler]
    description: str
    consistency: bool = False
