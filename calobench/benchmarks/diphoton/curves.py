"""Observables of events made into curves against the true separation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from calobench.benchmarks.diphoton.compare import compare
from calobench.benchmarks.diphoton.counting import fit_turnon, wilson
from calobench.benchmarks.diphoton.observables import Observable
from calobench.benchmarks.diphoton.record import (
    BinValue,
    CurveRecord,
    CurveScoreRecord,
    Measured,
    TurnonRecord,
)

__all__ = ["EventTable", "curve", "turnon"]

Floats = NDArray[np.float64]
_EFFICIENCIES = ("exactly_two", "at_least_two")
# Fraction of the replicas that must have a half-way point for its error to be known.
_MIN_KNOWN = 0.9


class EventTable(NamedTuple):
    """The events of one source, all seeds.

    Attributes:
        seed: number of the seed from 0, (E,).
        pair: number of the pair of showers, unique over seeds, (E,).
        bin: bin of the true separation, (E,).
        separation: mm, (E,).
        values: observable to its value in every event, (E,).
    """

    seed: NDArray[np.intp]
    pair: NDArray[np.intp]
    bin: NDArray[np.intp]
    separation: Floats
    values: dict[str, Floats]

    @classmethod
    def concatenate(cls, parts: Sequence[EventTable]) -> EventTable:
        """The events of all parts, at least one."""
        names = parts[0].values
        return cls(
            np.concatenate([part.seed for part in parts]),
            np.concatenate([part.pair for part in parts]),
            np.concatenate([part.bin for part in parts]),
            np.concatenate([part.separation for part in parts]),
            {name: np.concatenate([part.values[name] for part in parts]) for name in names},
        )

    def vectors(self, name: str, bins: int) -> Floats:
        """One vector per pair over the bins, (P, K); the table holds whole pairs in order."""
        return self.values[name].reshape(-1, bins)


def curve(
    observable: Observable,
    bins: int,
    reference: EventTable,
    model: EventTable,
    direct: EventTable | None,
    *,
    replicas: int,
    rng: np.random.Generator,
) -> CurveRecord:
    """One observable of both samples, and the score where every event defines it.

    Args:
        observable: which.
        bins: of separation, K.
        reference: Geant4's pairs.
        model: the model's pairs.
        direct: Geant4's own two-photon events, for the eye alone; None without.
        replicas: of bootstrap, null and permutations.
        rng: draws them.
    """
    score = None
    if observable.always:
        first, second = (t.vectors(observable.name, bins) for t in (reference, model))
        comparison = compare(first, second, replicas=replicas, rng=rng)
        score = CurveScoreRecord(
            **comparison._asdict(), n_model=len(second), n_reference=len(first)
        )
    return CurveRecord(
        name=observable.name,
        label=observable.label,
        unit=observable.unit,
        reference=_points(reference, observable, bins),
        model=_points(model, observable, bins),
        direct=None if direct is None else _points(direct, observable, bins),
        score=score,
    )


def turnon(
    bins: int, reference: EventTable, model: EventTable, *, replicas: int, rng: np.random.Generator
) -> TurnonRecord:
    """Separation at which half of the pairs is reconstructed as exactly two, with bootstrap errors.

    Args:
        bins: of separation.
        reference: Geant4's pairs.
        model: the model's.
        replicas: of the bootstrap; each is a fit, so fewer than elsewhere do.
        rng: draws them.
    """
    one, other = (_half(table, bins, replicas, rng) for table in (reference, model))
    p_value = None
    if one is not None and other is not None:
        p_value = float(
            2 * norm.sf(abs(one.value - other.value) / np.hypot(one.error, other.error))
        )
    return TurnonRecord(reference_mm=one, model_mm=other, p_value=p_value)


def _half(table: EventTable, bins: int, replicas: int, rng: np.random.Generator) -> Measured | None:
    """Half-way point and its error, mm; None where it is not between the smallest and largest separation."""
    resolved, separation = table.values["exactly_two"], table.separation
    pairs = len(resolved) // bins
    fit = fit_turnon(separation, resolved)
    if not separation.min() <= fit.half_mm <= separation.max():
        return None
    weights = rng.multinomial(pairs, np.full(pairs, 1 / pairs), size=replicas).astype(np.float64)
    halves = np.array(
        [fit_turnon(separation, resolved, np.repeat(w, bins), fit).half_mm for w in weights]
    )
    if np.isfinite(halves).mean() < _MIN_KNOWN:
        return None
    return Measured(value=fit.half_mm, error=float(np.nanstd(halves, ddof=1)))


def _points(table: EventTable, observable: Observable, bins: int) -> tuple[BinValue, ...]:
    values = table.values[observable.name]
    return tuple(
        _point(values[chosen], table.seed[chosen], observable.name)
        for chosen in (table.bin == k for k in range(bins))
    )


def _point(values: Floats, seed: NDArray[np.intp], name: str) -> BinValue:
    defined = np.isfinite(values)
    values, seed = values[defined], seed[defined]
    n = len(values)
    if n == 0:
        return BinValue(n=0, value=None, low=None, high=None)
    seeds = tuple(float(values[seed == s].mean()) for s in np.unique(seed))
    mean = float(values.mean())
    if name in _EFFICIENCIES:
        low, high = wilson(values.sum(), n)
        return BinValue(n=n, value=mean, low=float(low), high=float(high), seeds=seeds)
    if n == 1:
        return BinValue(n=1, value=mean, low=None, high=None, seeds=seeds)
    spread = float(values.std(ddof=1))
    error = spread / n**0.5
    return BinValue(
        n=n,
        value=mean,
        low=mean - error,
        high=mean + error,
        spread=spread,
        spread_error=_spread_error(values),
        seeds=seeds,
    )


def _spread_error(values: Floats) -> float:
    """Standard error of a standard deviation, from the fourth moment."""
    n = len(values)
    centred = values - values.mean()
    variance = float((centred**2).mean())
    if variance == 0:
        return 0.0
    fourth = float((centred**4).mean())
    return float(np.sqrt(max(fourth - variance**2, 0) / (4 * n * variance)))
