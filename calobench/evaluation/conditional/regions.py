"""Regions of incident energy and angle: a fault in one of them drowns in the mean over all."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cuts_at_quantiles, levels
from calobench.showers import Conditions

__all__ = ["Regions", "inner_edges"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# From so many reference showers on, bins in energy and in angle: about 30 showers per region or more.
_BINS = ((360, (4, 3)), (180, (3, 2)), (60, (2, 1)), (0, (1, 1)))

# A beam of one energy or one direction; what is left of its spread is rounding.
MIN_SPREAD = 1e-4


@dataclass(frozen=True)
class Regions:
    """Bins of equal content in energy, each divided into bins of equal content in theta.

    Attributes:
        energy_edges: inner edges, MeV, at most 3.
        theta_edges: inner edges, rad, at most 2.
    """

    energy_edges: Array
    theta_edges: Array

    @classmethod
    def of(cls, conditions: Conditions) -> Self:
        """Regions of the reference; a beam of one energy or of one angle is not divided by it."""
        energies, angles = next(bins for least, bins in _BINS if len(conditions) >= least)
        return cls(
            inner_edges(conditions.energy, energies),
            inner_edges(conditions.theta, angles),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Of each region, e.g. ``e0t2``: lowest energies, largest theta."""
        return tuple(f"e{i}t{j}" for i in range(self._shape[0]) for j in range(self._shape[1]))

    @property
    def labels(self) -> tuple[str, ...]:
        """The same for people."""
        energies = _intervals(self.energy_edges / 1e3, "E", " GeV")
        angles = _intervals(self.theta_edges, "θ", "")
        return tuple(", ".join(filter(None, (e, t))) for e in energies for t in angles)

    def __call__(self, conditions: Conditions) -> Indices:
        """Number of the region of each shower, in the order of the names, (N,)."""
        energy = np.searchsorted(self.energy_edges, conditions.energy, side="right")
        theta = np.searchsorted(self.theta_edges, conditions.theta, side="right")
        return np.asarray(energy * self._shape[1] + theta, np.intp)

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.energy_edges) + 1, len(self.theta_edges) + 1


def inner_edges(x: Array, bins: int) -> Array:
    """Edges between bins of about equal content, none of them a value that occurs.

    A few distinct values are a bin each.

    Args:
        x: (N,).
        bins: at most so many.

    Returns:
        At most ``bins`` - 1; none where x hardly varies.
    """
    if np.ptp(x) <= MIN_SPREAD * np.abs(x).max(initial=0):
        return np.empty(0)
    distinct, _ = levels(x)
    if len(distinct) <= bins:
        middles: Array = (distinct[1:] + distinct[:-1]) / 2
        return middles
    return cuts_at_quantiles(x, np.arange(1, bins) / bins)


def _intervals(edges: Array, name: str, unit: str) -> list[str]:
    if not len(edges):
        return [""]
    inner = [f"{a:.3g}–{b:.3g}" for a, b in itertools.pairwise(edges)]
    ranges = [f"< {edges[0]:.3g}", *inner, f"> {edges[-1]:.3g}"]
    return [f"{name} {one}{unit}" for one in ranges]
