"""The values of two samples on one line, and how many showers of a replica lie at each of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import bin_index, is_new
from calobench.stats.weights import Draws

__all__ = ["MAX_POINTS", "Line", "Sorted"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MAX_POINTS = 4096
"""Samples of so many different values are resampled as they are, others in cells."""

# Showers per cell: one at the ends, a twentieth of the way to the end, a thousandth of all.
END = 20
CELLS = 1000
GAPS = 200

# Fewer showers are counted exactly in single precision.
EXACT_IN_SINGLE = 2**24


class Sorted(NamedTuple):
    """The showers of one sample in the order of their values; those without one are left out.

    Attributes:
        showers: (n,).
        starts: where in ``showers`` those of each of F points begin, and n, (F+1,).
    """

    showers: Indices
    starts: Indices

    def counts(self, draws: Draws) -> Array:
        """Number of showers of each replica at each point, (F, B)."""
        from scipy.sparse import csr_array

        kind = np.float32 if draws.total.max() < EXACT_IN_SINGLE else np.float64
        shape = len(self.starts) - 1, draws.counts.shape[1]
        ones = np.ones(len(self.showers), kind)
        showers_of_units = csr_array((ones, draws.units[self.showers], self.starts), shape=shape)
        units = np.ascontiguousarray(draws.counts.T, kind)
        counts: Array = (showers_of_units @ units).astype(np.float64)
        return counts

    def merged(self, first: Indices) -> Sorted:
        """With only those points that begin a cell."""
        return Sorted(self.showers, self.starts[np.append(first, len(self.starts) - 1)])


class Line(NamedTuple):
    """Two samples at F increasing points.

    Attributes:
        points: the values that occur, (F,); a lonely 0 if there is none.
        reference: showers of the reference.
        model: showers of the model.
        pool: showers of both, the reference's numbered first.
    """

    points: Array
    reference: Sorted
    model: Sorted
    pool: Sorted

    @classmethod
    def of(cls, reference: Array, model: Array) -> Line:
        """Sort two samples, (N_ref,) and (N_model,), NaN where undefined.

        Values that differ by rounding are one point: which of them is larger depends on the processor.
        """
        n = len(reference)
        values = np.concatenate([reference, model])
        order = np.argsort(values)
        order = order[: len(order) - np.count_nonzero(np.isnan(values))]
        in_order = values[order]
        begins = is_new(in_order)
        point = np.cumsum(begins) - 1
        mine = order < n
        points = in_order[begins] if len(order) else np.zeros(1)
        return cls(
            points,
            _sorted(order[mine], point[mine], len(points)),
            _sorted(order[~mine] - n, point[~mine], len(points)),
            _sorted(order, point, len(points)),
        )

    def pooled(self) -> Line:
        """All showers in both places."""
        return self._replace(reference=self.pool, model=self.pool)

    def coarse(self, edges: Array) -> Line:
        """At most some 1,500 points: neighbours are put in cells, which stand at their mean.

        Cells hold up to a thousandth of all showers, but towards either end fewer and fewer, so that
        the last 20 showers are apart, however far out they are. Cells do not bridge the 200 widest
        gaps, nor do they cross the given edges: histograms stay as they are.

        What the two samples differ by within a cell is lost: a few hundredths of the bootstrap error
        of W1, and a tenth of that of the largest distance between cumulative distributions
        (``tests/statistical/test_large_sample_statistics.py``).
        """
        if len(self.points) <= MAX_POINTS:
            return self
        starts = self.pool.starts
        cell = _cell((starts[1:] + starts[:-1]) / 2, len(self.pool.showers))
        bins = bin_index(self.points, edges)
        begins = (np.diff(cell, prepend=-1) > 0) | (np.diff(bins, prepend=bins[0]) > 0)
        gaps = np.diff(self.points)
        # Of gaps that are equal but for rounding, those of whole numbers in fact, the first.
        widest = np.argsort(-np.round(gaps / gaps.max(), 12), kind="stable")[:GAPS]
        begins[widest + 1] = True
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(self.points)) - 1
        showers = np.diff(starts).astype(np.float64)
        means = np.add.reduceat(self.points * showers, first) / np.add.reduceat(showers, first)
        return Line(
            # Rounding must not carry a mean across an edge.
            np.clip(means, self.points[first], self.points[last]),
            self.reference.merged(first),
            self.model.merged(first),
            self.pool.merged(first),
        )


def _sorted(showers: Indices, point: Indices, points: int) -> Sorted:
    return Sorted(showers, np.append(0, np.cumsum(np.bincount(point, minlength=points))))


def _cell(rank: Array, n: int) -> Indices:
    """Number of the cell that each rank from 0 to n belongs to."""
    from_end = np.minimum(rank, n - rank)
    # The integral of 1 / (showers per cell), outwards in: constant, falling with the rank, constant.
    plateau = END * max(1, n / CELLS)
    rate = END / plateau
    growing = END * np.log(np.clip(from_end, END, plateau) / END)
    cells = np.minimum(from_end, END) + growing + np.maximum(from_end - plateau, 0) * rate
    most = END + END * np.log(plateau / END) + (n / 2 - plateau) * rate
    numbers: Indices = np.floor(np.where(rank <= n / 2, cells, 2 * most - cells)).astype(np.intp)
    return numbers
