"""Files of hits: a flat table, as HDF5 or as text with commas.

HDF5: one data set a column, all of the same length, and one attribute a fact about how it was made. Text:
one line that starts with ``#`` and holds these facts as JSON, one with the names, then one per hit.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from calobench._util.atomic import atomic_path
from calobench._util.places import reason_of
from calobench.errors import OutputError
from calobench.io.writers.steady_file import SteadyFile
from calobench.placement.table import HitTable

__all__ = ["open_hit_table"]

_TYPES = {
    "event": "i8", "stave": "i2", "layer": "i2", "i": "i4", "j": "i4",
    "x": "f4", "y": "f4", "z": "f4", "energy": "f8",
}  # fmt: skip
_COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
_CHUNK_ROWS = 1 << 16


class HitWriter(Protocol):
    """Takes hits, chunk by chunk."""

    def append(self, hits: HitTable) -> None:
        """Append the rows of ``hits``."""


@contextlib.contextmanager
def open_hit_table(
    path: Path, facts: Mapping[str, Any], *, replace: bool = True
) -> Iterator[HitWriter]:
    """Open a file for hits: text if the name ends in ``.csv``, else HDF5. It appears when complete.

    Args:
        path: the file.
        facts: how the hits were made, JSON types.
        replace: an older file is replaced; else it is kept.

    Raises:
        OutputError: the file cannot be written.
    """
    kind = _Text if path.suffix == ".csv" else _Hdf5
    with atomic_path(path, replace=replace) as partial:
        try:
            with kind(partial, facts) as writer:
                yield writer
        except (OSError, RuntimeError) as error:
            raise OutputError(
                f"cannot write {path} ({reason_of(error)}); free some space or choose another place"
            ) from error


class _Hdf5:
    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        self._bytes = SteadyFile(path)
        self._file = h5py.File(self._bytes, "w")
        self._file.attrs.update(facts)
        self._file.attrs.update({"unit_energy": "MeV", "unit_length": "mm"})
        for name, dtype in _TYPES.items():
            self._file.create_dataset(
                name, (0,), dtype, maxshape=(None,), chunks=(_CHUNK_ROWS,), **_COMPRESSION
            )

    def __enter__(self) -> _Hdf5:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._bytes.close()
        self._bytes.require_written()

    def append(self, hits: HitTable) -> None:
        for name in _TYPES:
            dataset, values = self._file[name], getattr(hits, name)
            dataset.resize(len(dataset) + len(values), axis=0)
            if len(values):
                dataset[-len(values) :] = values
        self._bytes.require_written()


class _Text:
    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        self._file = path.open("w", encoding="utf-8")
        facts = {**facts, "unit_energy": "MeV", "unit_length": "mm"}
        self._file.write(f"# {json.dumps(facts, sort_keys=True)}\n{','.join(_TYPES)}\n")

    def __enter__(self) -> _Text:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, hits: HitTable) -> None:
        rows = np.column_stack(hits)
        np.savetxt(self._file, rows, fmt=["%d"] * 5 + ["%.3f"] * 3 + ["%.9g"], delimiter=",")
