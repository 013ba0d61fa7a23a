"""The chain as TorchScript: traced, as it has no branch; noise is drawn by ``aten::randn``, not frozen."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference_models.export.chain import Chain
from reference_models.inference.torch_ops import TorchOps

__all__ = ["ChainModule", "torchscript_bytes"]

_EXAMPLE = (10.0, 0.5, 1.5, 0.0, 0.0, 0.0, 0.0, 1.0)


class ChainModule(nn.Module):
    """The chain as a module; its constants are buffers.

    Args:
        chain: the chain.
    """

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain, self._names = chain, dict[int, tuple[str, Any]]()

    def forward(self, told: Tensor, noise: Tensor) -> Tensor:
        """See :meth:`reference_models.export.chain.Chain.shower`."""
        cells: Tensor = self._chain.shower(TorchOps(self, self._names), told, noise)
        return cells


class _NoiseInside(nn.Module):
    """Draws the noise; scripted, so that nothing of it is that of an example."""

    def __init__(self, traced: nn.Module, size: int) -> None:
        super().__init__()
        self.traced, self.size = traced, size

    def forward(self, told: Tensor) -> Tensor:
        """Cells from (8,) or (1, 8) numbers."""
        noise = torch.randn([1, self.size], device=told.device)
        cells: Tensor = self.traced(told.reshape(-1), noise)
        return cells


class _NoiseInput(nn.Module):
    """Takes the noise, and says how many numbers it is."""

    def __init__(self, traced: nn.Module, size: int) -> None:
        super().__init__()
        self.traced, self.noise_size = traced, size

    def forward(self, told: Tensor, noise: Tensor) -> Tensor:
        """Cells from (8,) or (1, 8) numbers and (noise_size,) or (1, noise_size) of noise."""
        cells: Tensor = self.traced(told.reshape(-1), noise.reshape(1, -1))
        return cells


def torchscript_bytes(chain: Chain, *, noise_inside: bool) -> bytes:
    """The archive.

    Args:
        chain: the chain.
        noise_inside: draw the noise inside, as Par04 and DDML need it; otherwise it is a second input.
    """
    module, size = ChainModule(chain).eval(), sum(chain.sizes)
    example = (torch.tensor(_EXAMPLE), torch.zeros(1, size))
    with torch.no_grad(), _quiet():
        # Once as it is: the constants become buffers before they are traced.
        module(*example)
        traced = torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]
        outer = (_NoiseInside if noise_inside else _NoiseInput)(traced, size).eval()
        archive = io.BytesIO()
        torch.jit.save(torch.jit.script(outer), archive)
    return archive.getvalue()


@contextmanager
def _quiet() -> Iterator[None]:
    """TorchScript is deprecated, and what Par04 and DDML read."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.*", DeprecationWarning)
        # Noise levels are read as numbers: they are the same for every shower.
        warnings.simplefilter("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        yield
