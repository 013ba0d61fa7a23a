"""One pass over a sample: features of every shower, and its cell spectrum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import BinTable
from calobench._util.parallel import in_order
from calobench._util.progress import Advance
from calobench.benchmarks.calochallenge.features import FeatureExtractor
from calobench.benchmarks.calochallenge.showers import ChallengeFiles, Chunk

__all__ = ["Counts", "FilledCells", "Sample", "count_cells", "scan", "scan_with_cells"]

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]
T = TypeVar("T")

# Filled cells that are kept so that the reference need not be read twice.
_KEPT_BYTES = 1 << 30


class FilledCells(NamedTuple):
    """Cells above the threshold, in the order of the showers.

    Attributes:
        energy: MeV, (F,).
        per_shower: how many of them each shower has, (n,).
    """

    energy: NDArray[np.floating]
    per_shower: NDArray[np.intp]

    @classmethod
    def of(cls, cells: NDArray[np.floating]) -> FilledCells:
        """Those of some showers, (n, voxels)."""
        filled = cells > 0
        # Three times as fast as an index of booleans.
        energy = np.compress(filled.ravel(), cells.ravel())
        return cls(energy, np.count_nonzero(filled, axis=1))


@dataclass(frozen=True)
class Sample:
    """The result of one pass: 8 bytes per feature and shower, whatever the number of voxels.

    Attributes:
        table: features, (N, columns).
        largest_cell: MeV.
        negative_cells: cells below zero, set to zero.
        filled: what of the cells :func:`count_cells` needs; None if it was not kept, or is too much.
    """

    table: Array
    largest_cell: float
    negative_cells: int
    filled: tuple[FilledCells, ...] | None = None


def scan(files: ChallengeFiles, extractor: FeatureExtractor, advance: Advance) -> Sample:
    """Read a sample once.

    Args:
        files: the sample, open.
        extractor: of its data set.
        advance: called with the number of showers done.
    """
    kept: list[FilledCells] = []
    free = _KEPT_BYTES

    def keep(filled: FilledCells | None) -> None:
        nonlocal free
        if filled is not None:
            kept.append(filled)
            free -= filled.energy.nbytes

    def filled_cells(chunk: Chunk) -> FilledCells | None:
        return FilledCells.of(chunk.cells) if free > 0 else None

    sample = _gather(files, extractor, advance, filled_cells, keep)
    return replace(sample, filled=tuple(kept) if free > 0 else None)


def scan_with_cells(
    files: ChallengeFiles, extractor: FeatureExtractor, advance: Advance, edges: Array
) -> tuple[Sample, Counts]:
    """As :func:`scan`, with the spectrum of :func:`count_cells` in the same pass.

    Args:
        files: the sample, open.
        extractor: of its data set.
        advance: called with the number of showers done.
        edges: of the cell spectrum, MeV.
    """
    parts: list[Counts] = []
    bins = BinTable(edges, closed=True)

    def spectrum(chunk: Chunk) -> Counts:
        return _spectrum(FilledCells.of(chunk.cells), files.voxels, bins)

    sample = _gather(files, extractor, advance, spectrum, parts.append)
    return sample, np.concatenate(parts)


def count_cells(
    files: ChallengeFiles,
    edges: Array,
    advance: Advance,
    filled: tuple[FilledCells, ...] | None = None,
) -> Counts:
    """Cell spectrum of each shower, for edges that were not known in the first pass.

    Args:
        files: the sample, open.
        edges: MeV, (K+1,).
        advance: called with the number of showers done.
        filled: of all chunks; None: the files are read again.

    Returns:
        (N, K+2) entries; underflow first, with the empty cells, overflow last.
    """
    bins, parts = BinTable(edges, closed=True), []

    def spectrum(part: FilledCells) -> Counts:
        return _spectrum(part, files.voxels, bins)

    spectra = (
        files.map(lambda chunk: spectrum(FilledCells.of(chunk.cells)))
        if filled is None
        else in_order(spectrum, filled)
    )
    for part in spectra:
        parts.append(part)
        advance(len(part))
    return np.concatenate(parts)


def _gather(
    files: ChallengeFiles,
    extractor: FeatureExtractor,
    advance: Advance,
    also: Callable[[Chunk], T],
    keep: Callable[[T], None],
) -> Sample:
    """One pass; ``keep`` is called with what ``also`` makes of each chunk, in order."""
    table = np.empty((len(files), extractor.layout.columns))
    largest, negative, start = 0.0, 0, 0

    def measured(chunk: Chunk) -> tuple[Array, float, int, T]:
        features = extractor(chunk.cells, chunk.energy)
        return features, chunk.largest, chunk.negative, also(chunk)

    for features, highest, below_zero, more in files.map(measured):
        stop = start + len(features)
        table[start:stop] = features
        largest = max(largest, highest)
        negative += below_zero
        keep(more)
        start = stop
        advance(len(features))
    return Sample(table, largest, negative)


def _spectrum(filled: FilledCells, voxels: int, bins: BinTable) -> Counts:
    # Data set 3 has the most cells: 40,500.
    counts = np.empty((len(filled.per_shower), bins.width), np.uint16)
    stops = np.cumsum(filled.per_shower)
    code = bins(filled.energy)
    for row, start, stop in zip(counts, stops - filled.per_shower, stops, strict=True):
        row[:] = np.bincount(code[start:stop], minlength=bins.width)
    counts[:, 0] += (voxels - filled.per_shower).astype(np.uint16)
    return counts
