"""TorchScript and ONNX files that the C++ library runs: ``cpp:distilled.pt``."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench.errors import DeviceError, ModelError
from calobench.models.files.cpp_library import CppModel
from calobench.models.files.graph import draw_noise
from calobench.models.seed import Seed

__all__ = ["CppGraph"]

_CELLS = 9 * 16 * 45


class CppGraph:
    """A graph that C++ evaluates.

    Args:
        path: the file, not empty.

    Raises:
        MissingPackageError: the library is not built.
        ModelError: it cannot open the file, or an ONNX file draws its noise, which ONNX Runtime cannot be
            told to repeat.
    """

    device = "cpu"
    remarks: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._model = CppModel(path, int(os.environ.get("OMP_NUM_THREADS") or 1))
        if path.suffix == ".onnx" and not self._model.noise_size:
            raise ModelError(
                f"{path} draws its noise, for which ONNX Runtime's C++ interface has no seed; export it with "
                "--noise input, or as TorchScript"
            )
        self.kind = "ONNX" if path.suffix == ".onnx" else "TorchScript"
        self.label = f"C++, {'ONNX Runtime' if self.kind == 'ONNX' else 'LibTorch'}"

    def to(self, device: str) -> None:
        """See :class:`calobench.models.files.graph.Graph`."""
        if device != "cpu":
            raise DeviceError(
                f"{self._name}: the C++ library runs on the CPU, not on '{device}'; use cpu"
            )

    def run(self, inputs: NDArray[np.float32], seed: Seed) -> NDArray[np.float32]:
        """See :class:`calobench.models.files.graph.Graph`."""
        size = self._model.noise_size
        noise = draw_noise(seed, len(inputs), size) if size else None
        self._model.seed(int(seed))
        return self._model.generate(inputs, _CELLS, noise)
