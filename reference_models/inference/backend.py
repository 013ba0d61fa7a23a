"""The call that all backends share, and what depends on the noise level alone."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from reference_models.network.dit import DiT, timestep_embedding
from reference_models.network.preconditioning import scalings

__all__ = ["AtSigma", "Backend", "NoiseLevels"]


class Backend(Protocol):
    """A denoiser (or consistency function) whose batch has one noise level."""

    @property
    def label(self) -> str:
        """One line for people: what evaluates the network, with its version."""

    def __call__(self, x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        """Denoise.

        Args:
            x: noisy normalised showers, (B, R, PHI, Z).
            sigma: their noise level.
            conditions: encoded conditions, (B, C).

        Returns:
            Estimate of the clean showers, (B, R, PHI, Z).
        """


class AtSigma(NamedTuple):
    """Everything that depends on the noise level alone.

    Attributes:
        skip: c_skip.
        out: c_out.
        total: 1 / c_in.
        noise: embedding of the noise level, (1, width).
    """

    skip: float
    out: float
    total: float
    noise: Tensor


class NoiseLevels:
    """:class:`AtSigma` for the noise levels of a sampler, each computed once.

    Args:
        network: the network; its embedding is used.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.
    """

    def __init__(self, network: DiT, boundary: float | None) -> None:
        self._network, self._boundary = network, boundary
        self._known: dict[float, AtSigma] = {}

    def __getitem__(self, sigma: float) -> AtSigma:
        levels = self._known.get(sigma)
        if levels is None:
            levels = self._known[sigma] = self._compute(torch.tensor([sigma]))
        return levels

    @torch.inference_mode()
    def _compute(self, sigma: Tensor) -> AtSigma:
        skip, out, total = (value.item() for value in scalings(sigma, self._boundary))
        embedding: Tensor = self._network.noise_embedding(timestep_embedding(sigma.log() / 4))
        return AtSigma(skip, out, total, embedding)
