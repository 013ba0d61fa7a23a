"""Inputs of the classifiers, per shower."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench._util.progress import Advance
from calobench.benchmarks.calochallenge.showers import ChallengeFiles

__all__ = ["HighInputs", "Inputs", "LowInputs", "cells_of"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


class Inputs(Protocol):
    """Showers of both samples, the reference's first."""

    @property
    def columns(self) -> int:
        """Numbers per shower."""

    def rows(self, which: Indices) -> NDArray[np.float32]:
        """Of some showers, (n, columns)."""


class HighInputs:
    """The vector of features of :func:`calobench.benchmarks.calochallenge.features.classifier_features`.

    Args:
        reference: (n, columns).
        generated: (n, columns).
    """

    def __init__(self, reference: Array, generated: Array) -> None:
        self._table = np.concatenate([reference, generated], dtype=np.float32)

    @property
    def columns(self) -> int:
        """Number of features."""
        return int(self._table.shape[1])

    def rows(self, which: Indices) -> NDArray[np.float32]:
        """Features of some showers, (n, columns)."""
        rows: NDArray[np.float32] = self._table[which]
        return rows


class LowInputs:
    """log10 of the incident energy in MeV, then all cells over the incident energy.

    Args:
        energy: incident, MeV, (n,).
        cells: MeV, after the threshold, (n, voxels).
    """

    def __init__(self, energy: Array, cells: sparse.csr_array) -> None:
        self._log_energy = np.log10(energy).astype(np.float32)
        self._cells = sparse.csr_array(sparse.diags_array(1 / energy) @ cells, dtype=np.float32)

    @property
    def columns(self) -> int:
        """One more than there are voxels."""
        return int(self._cells.shape[1]) + 1

    def rows(self, which: Indices) -> NDArray[np.float32]:
        """Of some showers, (n, 1 + voxels)."""
        rows = np.empty((len(which), self.columns), np.float32)
        rows[:, 0] = self._log_energy[which]
        rows[:, 1:] = self._cells[which].toarray()
        return rows


def cells_of(files: ChallengeFiles, rows: Indices, advance: Advance) -> sparse.csr_array:
    """Cells of some showers after the threshold, MeV, in the number type of the file.

    Most cells of a shower are empty, so that only the filled ones are kept.

    Args:
        files: the sample, open.
        rows: which showers, increasing, (n,).
        advance: called with the number of showers that passed by.

    Returns:
        (n, voxels).
    """
    parts, start = [], 0
    for chunk in files.chunks():
        stop = start + len(chunk.energy)
        inside = rows[np.searchsorted(rows, start) : np.searchsorted(rows, stop)]
        parts.append(sparse.csr_array(chunk.cells[inside - start]))
        advance(stop - start)
        start = stop
    return sparse.csr_array(sparse.vstack(parts, format="csr"))
