"""Writing files of showers that are a third smaller and lose nothing that can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.sparse_cells import DITHER, MAX_MANTISSA_BITS, ORDER, sparse_rows
from calobench.io.writers.lemurs import Layout, LemursWriter
from calobench.showers import Mesh, Showers

__all__ = ["PackedWriter"]

_GZIP = {"compression": "gzip", "compression_opts": 9}


class PackedWriter(LemursWriter):
    """Writes showers as :mod:`calobench.io.sparse_cells` says; used as :class:`LemursWriter` is.

    Args:
        path: the file to write.
        detector: name of the detector.
        mesh: the mesh of the showers.
        attributes: further attributes of the file.
        replace: an older file is replaced when the new one is complete; else it is kept.
        mantissa_bits: of the energies of cells; their relative error is at most 2**-(mantissa_bits + 1).

    Raises:
        OutputError: the file cannot be written.
        ShowerFileError: energies that cannot be packed, or no showers at all.
    """

    _layouts: ClassVar[Mapping[str, Layout]] = {
        "filled": Layout(100, _GZIP),
        "energy_codes": Layout(2**17, {**_GZIP, "shuffle": True}),
    }

    def __init__(
        self,
        path: str | Path,
        *,
        detector: str | None = None,
        mesh: Mesh | None = None,
        attributes: Mapping[str, Any] | None = None,
        replace: bool = True,
        mantissa_bits: int = MAX_MANTISSA_BITS,
    ) -> None:
        super().__init__(path, detector=detector, mesh=mesh, attributes=attributes, replace=replace)
        self._mantissa_bits = mantissa_bits
        self._codes = np.empty(0, np.uint16)

    def append(self, showers: Showers, columns: Mapping[str, NDArray[Any]] | None = None) -> None:
        """See :meth:`LemursWriter.append`."""
        super().append(showers, columns)
        with self._writing():
            self._append("energy_codes", self._codes)
            self._file["filled"].attrs["order"] = ORDER
            of_codes = {"mantissa_bits": self._mantissa_bits, "dither": DITHER}
            self._file["energy_codes"].attrs.update(of_codes)

    def _cells(self, energy: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        try:
            rows, self._codes = sparse_rows(energy, self._mantissa_bits)
        except ValueError as error:
            raise ShowerFileError(f"cannot pack showers into {self.path}: {error}") from error
        return rows
