"""Writing readout cells beside the showers of a file, as :mod:`calobench.io.readout_cells` reads them."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.io.writers.lemurs import LemursWriter
from calobench.placement.events import ReadoutEvents

__all__ = ["ReadoutWriter"]

_COMPRESSION = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
_CHUNK_ROWS = 1 << 16


class ReadoutWriter(LemursWriter):
    """Writes showers and their readout cells; used as :class:`~calobench.io.LemursWriter` is."""

    def append_cells(self, events: ReadoutEvents) -> None:
        """Append the cells of as many events as showers were appended, in the same order.

        Args:
            events: cells with energies in MeV, kept in single precision.

        Raises:
            OutputError: the disk is full or fails.
        """
        cells = np.stack([events.layer, events.i, events.j], axis=1).astype(np.int16)
        with self._writing():
            if "cells_ptr" not in self._file:
                # Written, and not left to the fill value: a part that was never written is refused.
                self._file.create_dataset(
                    "cells_ptr", data=np.zeros(1, np.int64), maxshape=(None,), chunks=(_CHUNK_ROWS,)
                )
                for name, row, dtype in (
                    ("cells_layer_y_z", (3,), np.int16),
                    ("cells_energy", (), np.float32),
                ):
                    self._file.create_dataset(
                        name, (0, *row), dtype, maxshape=(None, *row),
                        chunks=(_CHUNK_ROWS, *row), **_COMPRESSION,
                    )  # fmt: skip
            last = self._file["cells_ptr"][-1]
            _extend(self._file["cells_ptr"], last + events.ptr[1:])
            _extend(self._file["cells_layer_y_z"], cells)
            _extend(self._file["cells_energy"], events.energy.astype(np.float32))


def _extend(dataset: h5py.Dataset, values: NDArray[Any]) -> None:
    start = len(dataset)
    dataset.resize(start + len(values), axis=0)
    dataset[start:] = values
