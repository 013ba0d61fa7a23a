"""The mean shower of a sample, from the sums of its chunks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from calobench.results.mean_showers import MeanImage, MeanShowers
from calobench.results.rounding import rounded_image
from calobench.showers import Showers

__all__ = ["FractionSums", "mean_showers"]

Array = NDArray[np.float64]


class FractionSums(NamedTuple):
    """Sums of the showers' fractions of energy, chunk by chunk: joining them is no addition, and exact.

    Attributes:
        n: showers with energy of each of k chunks, (k,).
        rz: sums over them, (k, R, Z).
        squares: sums of the squares of a shower's (R, Z), (k, R, Z).
        r_phi: sums over them, (k, R, PHI).
    """

    n: NDArray[np.int64]
    rz: Array
    squares: Array
    r_phi: Array

    @classmethod
    def of(cls, chunk: Showers) -> Self:
        """Of one chunk."""
        energy = chunk.energy.astype(np.float64)
        total = energy.sum(axis=(1, 2, 3))
        # A shower without energy has no fractions.
        filled = total > 0
        fractions = energy[filled] / total[filled, None, None, None]
        rz = fractions.sum(axis=2)
        sums = rz.sum(axis=0), (rz**2).sum(axis=0), fractions.sum(axis=(0, 3))
        return cls(np.array([filled.sum()], np.int64), *(one[None] for one in sums))

    @classmethod
    def joined(cls, parts: Sequence[FractionSums]) -> Self:
        """Of all parts in order; at least one."""
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def image(self) -> MeanImage | None:
        """The mean; None of fewer than two showers."""
        n = int(self.n.sum())
        if n < 2:
            return None
        # One after the other: the order is that of the chunks, whoever has summed them.
        rz, squares, r_phi = (
            functools.reduce(np.add, one) for one in (self.rz, self.squares, self.r_phi)
        )
        mean = rz / n
        variance = np.maximum(squares / n - mean**2, 0) / (n - 1)
        return MeanImage(
            n=n,
            rz=rounded_image(mean),
            rz_error=rounded_image(np.sqrt(variance)),
            r_phi=rounded_image(r_phi / n),
        )


def mean_showers(reference: FractionSums, model: FractionSums) -> MeanShowers | None:
    """Mean showers of both samples; None where one has fewer than two showers with energy."""
    images = reference.image(), model.image()
    if images[0] is None or images[1] is None:
        return None
    return MeanShowers(reference=images[0], model=images[1])
