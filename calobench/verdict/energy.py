"""Mean response and resolution: tests of the ratios that are averaged over energy, and the worst energy.

An average over energies can hide one energy at which a model is wrong: the bin that is farthest from one, in
its errors, is named beside every average.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scipy.special import stdtr

from calobench.results.schema import AverageRatio, EnergyBin, EnergyDependence
from calobench.results.significance import ALPHA

__all__ = ["BinRatio", "RatioTest", "freedom", "ratio_tests", "stands_out", "worst_bin"]

# Of Geant4 against Geant4 the pulls have the tails of a Student t with about a third as many degrees of
# freedom as the smaller sample has showers; with 20 for more than 60 showers the test objects to at most
# 0.15 % where 0.17 % is its share (docs/verdict_levels.md).
_SHOWERS_PER_FREEDOM = 3
_MAX_FREEDOM = 20


def freedom(showers: int) -> float:
    """Degrees of freedom of a ratio's pull.

    Args:
        showers: of the smaller sample.
    """
    return min(max(showers / _SHOWERS_PER_FREEDOM, 1.0), _MAX_FREEDOM)


class RatioTest(NamedTuple):
    """A ratio of model over Geant4, and how often chance takes it as far from one.

    Attributes:
        quantity: ``response`` or ``resolution``.
        log_ratio: mean logarithm.
        error: of it.
        p_value: two-sided, of this ratio alone.
    """

    quantity: str
    log_ratio: float
    error: float
    p_value: float


def ratio_tests(averages: Sequence[AverageRatio], showers: int) -> tuple[RatioTest, ...]:
    """Of the averages that the results hold, the least likely first.

    Args:
        averages: of the energy dependence of a run.
        showers: of the smaller sample.
    """
    tests = [
        RatioTest(
            one.quantity,
            one.log_ratio,
            one.error,
            float(2 * stdtr(freedom(showers), -abs(one.log_ratio) / one.error)),
        )
        for one in averages
        if one.error > 0
    ]
    return tuple(sorted(tests, key=lambda one: one.p_value))


class BinRatio(NamedTuple):
    """The energy at which model over Geant4 is most errors away from one.

    Attributes:
        quantity: ``response`` or ``resolution``.
        energy_mev: mean energy of the bin.
        ratio: model over Geant4.
        error: of it.
        bins: how many it is the worst of.
        showers: of the smaller sample in the bin.
    """

    quantity: str
    energy_mev: float
    ratio: float
    error: float
    bins: int
    showers: int

    @property
    def pull(self) -> float:
        """Distance of the logarithm from zero in its error: a ratio is as likely off as its inverse is."""
        return abs(math.log(self.ratio)) * self.ratio / self.error

    @property
    def p_value(self) -> float:
        """Two-sided, that chance takes any of the bins as far (Bonferroni)."""
        return min(1.0, self.bins * float(2 * stdtr(freedom(self.showers), -self.pull)))


def worst_bin(data: EnergyDependence, quantity: str) -> BinRatio | None:
    """The most significant bin; None where no bin has both samples with errors.

    Args:
        data: of a run.
        quantity: ``response`` or ``resolution``.
    """
    made = list(_bins(data, quantity))
    if not made:
        return None
    worst = max(made, key=lambda one: one.pull)
    return worst._replace(bins=len(made))


def stands_out(data: EnergyDependence, quantity: str) -> bool:
    """Whether one energy is farther from one than chance takes any of them in 1 % of runs."""
    worst = worst_bin(data, quantity)
    return worst is not None and worst.p_value <= ALPHA


def _bins(data: EnergyDependence, quantity: str) -> Iterator[BinRatio]:
    for reference, model in zip(data.reference, data.model, strict=False):
        if reference is None or model is None:
            continue
        (a, da), (b, db) = _read(model, quantity), _read(reference, quantity)
        if min(a, b) > 0 and (da > 0 or db > 0):
            error = math.hypot(da / b, a / b * db / b)
            n = min(reference.n, model.n)
            yield BinRatio(quantity, reference.mean_energy_mev, a / b, error, 1, n)


def _read(energy_bin: EnergyBin, quantity: str) -> tuple[float, float]:
    if quantity == "response":
        return energy_bin.response, energy_bin.response_error
    return energy_bin.resolution, energy_bin.resolution_error
