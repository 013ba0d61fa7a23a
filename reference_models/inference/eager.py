"""The network as it was trained, operation by operation, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_models.network.dit import DiT
from reference_models.network.preconditioning import Denoiser

__all__ = ["Eager"]


class Eager:
    """Calls the module; all showers of a batch together.

    Args:
        network: on the device where it shall run.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.
    """

    def __init__(self, network: DiT, boundary: float | None) -> None:
        self._denoiser = Denoiser(network, boundary).eval()

    @property
    def label(self) -> str:
        """See :class:`reference_models.inference.backend.Backend`."""
        return f"PyTorch {torch.__version__}, eager"

    def __call__(self, x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        """See :class:`reference_models.inference.backend.Backend`."""
        levels = torch.full((len(x),), sigma, device=x.device)
        denoised: Tensor = self._denoiser(x, levels, conditions)
        return denoised
