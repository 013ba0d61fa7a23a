"""One pass over a sample: features of every shower, and its cell spectrum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import bin_index
from calobench._util.progress import Advance
from calobench.benchmarks.calochallenge.features import FeatureExtractor
from calobench.benchmarks.calochallenge.showers import ChallengeFiles, Chunk

__all__ = ["Counts", "Sample", "count_cells", "scan", "scan_with_cells"]

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]


@dataclass(frozen=True)
class Sample:
    """What one pass leaves: 8 bytes a feature and shower, whatever the number of voxels.

    Attributes:
        table: features, (N, columns).
        largest_cell: MeV.
        negative_cells: cells below zero, set to zero.
    """

    table: Array
    largest_cell: float
    negative_cells: int


def scan(files: ChallengeFiles, extractor: FeatureExtractor, advance: Advance) -> Sample:
    """Read a sample once.

    Args:
        files: the sample, open.
        extractor: of its data set.
        advance: called with the number of showers done.
    """
    return _gather(files.chunks(), files, extractor, advance)


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

    def chunks() -> Iterator[Chunk]:
        for chunk in files.chunks():
            parts.append(_spectrum(chunk.cells, edges))
            yield chunk

    sample = _gather(chunks(), files, extractor, advance)
    return sample, np.concatenate(parts)


def count_cells(files: ChallengeFiles, edges: Array, advance: Advance) -> Counts:
    """Cell spectrum of each shower, for edges that were not known in the first pass.

    Args:
        files: the sample, open.
        edges: MeV, (K+1,).
        advance: called with the number of showers done.

    Returns:
        (N, K+2) entries; underflow first, with the empty cells, overflow last.
    """
    parts = []
    for chunk in files.chunks():
        parts.append(_spectrum(chunk.cells, edges))
        advance(len(chunk.energy))
    return np.concatenate(parts)


def _gather(
    chunks: Iterator[Chunk], files: ChallengeFiles, extractor: FeatureExtractor, advance: Advance
) -> Sample:
    table = np.empty((len(files), extractor.layout.columns))
    largest, negative, start = 0.0, 0, 0
    for chunk in chunks:
        stop = start + len(chunk.energy)
        table[start:stop] = extractor(chunk.cells, chunk.energy)
        largest = max(largest, float(chunk.cells.max()))
        negative += chunk.negative
        start = stop
        advance(len(chunk.energy))
    return Sample(table, largest, negative)


def _spectrum(cells: NDArray[np.floating], edges: Array) -> Counts:
    filled = cells > 0
    shower = np.nonzero(filled)[0]
    width = len(edges) + 1
    place = shower * width + bin_index(cells[filled], edges, closed=True)
    counts = np.bincount(place, minlength=len(cells) * width).reshape(len(cells), width)
    counts[:, 0] += cells.shape[1] - counts.sum(axis=1)
    # Data set 3 has the most cells: 40,500.
    return counts.astype(np.uint16)
