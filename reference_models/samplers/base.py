"""The call that all samplers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

__all__ = ["Denoise", "Noise", "OneEvaluationAStep", "Sampler", "SamplerKind"]

Denoise = Callable[[Tensor, float], Tensor]
"""``(x, sigma) -> estimate of the clean x``, same shape."""

Noise = Callable[[Tensor], Tensor]
"""``x -> Gaussian noise of deviation 1``, as ``x`` in shape, type and device."""


class Sampler(Protocol):
    """Turns noise into samples."""

    def nfe(self, n: int) -> int:
        """Network function evaluations for ``n`` noise levels."""

    def __call__(self, denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Tensor:
        """Integrate from ``sigmas[0]`` to 0.

        Args:
            denoise: the denoiser, with the conditions bound.
            x: starting point, noise of deviation ``sigmas[0]``, on any device.
            sigmas: (n + 1,), decreasing, the last one 0.
            noise: for samplers that add some, see :mod:`reference_models.samplers.noise`.
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
