"""Bins of what is known of the incident particle: energy, polar angle, azimuth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE, bin_index, significant
from calobench.evaluation.conditional.terms import folded_azimuth
from calobench.results.sample import ConditionName
from calobench.showers import Conditions

__all__ = ["ConditionAxis", "condition_axes"]

Array = NDArray[np.float64]

ENERGY_BINS = 5
ANGLE_BINS = 4

# A mean of fewer showers than this has no error worth the name.
MIN_IN_BIN = 20


@dataclass(frozen=True)
class ConditionAxis:
    """One condition in bins; together they hold every shower.

    Attributes:
        name: the condition; ``all`` is a single bin.
        label: for people.
        unit: of the edges.
        edges: (K+1,) increasing; none for ``all``.
        log: equal bins would be equal in the logarithm.
        staves: sides of the barrel that an azimuth is folded into; 0 for a full turn.
    """

    name: ConditionName
    label: str
    unit: str
    edges: Array
    log: bool = False
    staves: int = 0

    @property
    def bins(self) -> int:
        """Number of bins."""
        return max(len(self.edges) - 1, 1)

    def index(self, conditions: Conditions) -> NDArray[np.intp]:
        """Bin of each shower, (N,); one beyond an end is in the bin at that end."""
        if self.name == "all":
            return np.zeros(len(conditions), np.intp)
        values = _values(self.name, conditions, self.staves)
        return np.clip(bin_index(values, self.edges) - 1, 0, self.bins - 1)


def condition_axes(conditions: Conditions, staves: int) -> tuple[ConditionAxis, ...]:
    """Axes of the conditions that vary in a sample, in bins that hold enough of its showers.

    Energies in bins of equal width in ln E and angles of equal width; a bin with fewer than 20
    showers is joined with its neighbour. An axis with a single bin is left out.

    Args:
        conditions: of the reference.
        staves: sides of the barrel (``detector.staves.count``).
    """
    azimuth = "azimuth in the stave" if staves else "azimuth"
    half_turn = np.pi / max(staves, 1)
    axes = []
    declared: tuple[tuple[ConditionName, str, str, tuple[float, float] | None, int], ...] = (
        ("energy", "incident energy", "MeV", None, ENERGY_BINS),
        ("theta", "polar angle", "rad", None, ANGLE_BINS),
        ("azimuth", azimuth, "rad", (-half_turn, half_turn), ANGLE_BINS),
    )
    for name, label, unit, ends, bins in declared:
        values = _values(name, conditions, staves)
        low, high = ends or (float(values.min()), float(values.max()))
        if high - low <= TOLERANCE * abs(high):
            continue
        log = name == "energy"
        equal = np.linspace(low, high, bins + 1)
        edges = _joined(significant(np.geomspace(low, high, bins + 1)) if log else equal, values)
        if len(edges) > 2:
            axes.append(ConditionAxis(name, label, unit, edges, log, staves))
    return tuple(axes)


def _values(name: str, conditions: Conditions, staves: int) -> Array:
    if name == "energy":
        return conditions.energy
    if name == "theta":
        return conditions.theta
    return folded_azimuth(conditions.phi, staves)


def _joined(edges: Array, values: Array) -> Array:
    """Edges without those that leave a bin with too few values."""
    # Values beyond an end are in the bin at that end.
    content = np.bincount(
        np.clip(bin_index(values, edges), 1, len(edges) - 1), minlength=len(edges)
    )
    kept, filled = [float(edges[0])], 0
    for edge, number in zip(edges[1:-1], content[1:-1], strict=True):
        filled += int(number)
        if filled >= MIN_IN_BIN:
            kept.append(float(edge))
            filled = 0
    if len(kept) > 1 and filled + int(content[-1]) < MIN_IN_BIN:
        kept.pop()
    return np.array([*kept, float(edges[-1])])
