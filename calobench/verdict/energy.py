"""Mean response and resolution: tests of the ratios that are averaged over energy."""

from __future__ import annotations

from typing import NamedTuple

from scipy.special import stdtr

from calobench.results.schema import EnergyDependence

__all__ = ["RatioTest", "ratio_tests"]

# Errors come from the kurtosis of some hundred showers: tails are longer than a Gaussian's.
FREEDOM = 20


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


def ratio_tests(data: EnergyDependence) -> tuple[RatioTest, ...]:
    """Of the averages that the results hold, the least likely first.

    Args:
        data: of a run.
    """
    found = [
        RatioTest(
            one.quantity,
            one.log_ratio,
            one.error,
            float(2 * stdtr(FREEDOM, -abs(one.log_ratio) / one.error)),
        )
        for one in data.averages
        if one.error > 0
    ]
    return tuple(sorted(found, key=lambda one: one.p_value))
