"""The C++ library of ``reference_models/cpp``, called in this process.

A graph that it runs costs what it costs a C++ program: numbers are handed over as they lie in memory.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench._util.places import resolved
from calobench.errors import MissingPackageError, ModelError

__all__ = ["BUILD", "VARIABLE", "CppModel", "library_path"]

VARIABLE = "CALOBENCH_SHOWER"
"""Environment variable: the folder that the library was built in."""
BUILD = (
    "cmake -S reference_models/cpp -B build "
    "-DCMAKE_PREFIX_PATH=\"$(python -c 'import torch; print(torch.utils.cmake_prefix_path)')\" "
    "&& cmake --build build"
)
"""The command that builds it, in the folder of calobench's source."""

_NAMES = ("libcalobench_shower.so", "libcalobench_shower.dylib")
_MESSAGE = 1000
_Floats = ctypes.POINTER(ctypes.c_float)


def library_path() -> Path | None:
    """The library in the folder of :data:`VARIABLE`, or in ``build``; None if it is not there."""
    folder = Path(os.environ.get(VARIABLE) or "build")
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)


class CppModel:
    """A file that C++ has opened.

    Args:
        path: a TorchScript or ONNX file.
        threads: of one operation.

    Attributes:
        noise_size: numbers of the noise that the graph takes; 0 where it draws it.

    Raises:
        MissingPackageError: the library is not built, or cannot be loaded.
        ModelError: it cannot open the file.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._library = _loaded(path)
        message = ctypes.create_string_buffer(_MESSAGE)
        self._model = self._library.calobench_open(str(path).encode(), threads, message, _MESSAGE)
        if not self._model:
            raise ModelError(message.value.decode(errors="replace"))
        self.noise_size = int(self._library.calobench_noise_size(self._model))

    def __del__(self) -> None:
        if getattr(self, "_model", None):
            self._library.calobench_close(self._model)

    def seed(self, seed: int) -> None:
        """Seed the noise that TorchScript files draw; the generator is the process's own."""
        self._library.calobench_seed(seed)

    def generate(
        self, inputs: NDArray[np.float32], cells: int, noise: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """One shower for each row, one at a time.

        Args:
            inputs: the eight numbers of each, (N, 8).
            cells: number of cells that are expected.
            noise: (N, noise_size), for a graph that takes it.

        Returns:
            In the unit of the file, (N, cells).

        Raises:
            ModelError: the graph refuses its input or makes another number of cells.
        """
        told = np.ascontiguousarray(inputs, np.float32)
        drawn = None if noise is None else np.ascontiguousarray(noise, np.float32)
        energies = np.empty((len(told), cells), np.float32)
        message = ctypes.create_string_buffer(_MESSAGE)
        for k, row in enumerate(energies):
            failed = self._library.calobench_generate(
                self._model,
                told[k].ctypes.data_as(_Floats),
                None if drawn is None else drawn[k].ctypes.data_as(_Floats),
                0 if drawn is None else drawn.shape[1],
                row.ctypes.data_as(_Floats),
                cells,
                message,
                _MESSAGE,
            )
            if failed:
                raise ModelError(message.value.decode(errors="replace"))
        return energies


def _loaded(path: Path) -> ctypes.CDLL:
    file = library_path()
    if file is None:
        raise MissingPackageError(
            f"cpp:{path} needs the C++ library, which is not built in {os.environ.get(VARIABLE) or 'build'}; "
            f"{BUILD} (built elsewhere: set {VARIABLE} to that folder)"
        )
    try:
        library = ctypes.CDLL(str(resolved(file)))
    except OSError as error:
        reason = " ".join(str(error).split())
        raise MissingPackageError(
            f"{file} cannot be loaded ({reason}); build it again: {BUILD}"
        ) from error
    text = ctypes.c_char_p
    library.calobench_open.argtypes = [text, ctypes.c_int, text, ctypes.c_int]
    library.calobench_open.restype = ctypes.c_void_p
    library.calobench_noise_size.argtypes = [ctypes.c_void_p]
    library.calobench_seed.argtypes = [ctypes.c_uint64]
    library.calobench_close.argtypes = [ctypes.c_void_p]
    library.calobench_generate.argtypes = [
        ctypes.c_void_p, _Floats, _Floats, ctypes.c_int, _Floats, ctypes.c_int, text, ctypes.c_int,
    ]  # fmt: skip
    return library
