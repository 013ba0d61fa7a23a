"""Observables of events made into curves against the true separation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from calobench.diphoton.compare import compare
from calobench.diphoton.counting import fit_turnon, wilson
from calobench.diphoton.observables import Observable
from calobench.results.diphoton import (
    BinValue,
    CurveRecord,
    CurveScoreRecord,
    Measured,
    TurnonRecord,
)

__all__ = ["EventTable", "curve", "turnon"]

Floats = NDArray[np.float64]
_EFFICIENCIES = ("exactly_two", "at_least_two")


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

    def vectors(self, name: str, bins: int) -> Floats:
        """One vector over the bins a pair, (P, K); the table holds whole pairs in order."""
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
        found = compare(first, second, replicas=replicas, rng=rng)
        score = CurveScoreRecord(**found._asdict(), n_model=len(second), n_reference=len(first))
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
    """Separation at which half of the pairs is found as exactly two, with bootstrap errors.

    Args:
        bins: of separation.
        reference: Geant4's pairs.
        model: the model's.
        replicas: of the bootstrap; each is a fit, so fewer than elsewhere do.
        rng: draws them.
    """
    values, drawn = [], []
    for table in (reference, model):
        resolved = table.values["exactly_two"]
        pairs = len(resolved) // bins
        values.append(fit_turnon(table.separation, resolved).half_mm)
        halves = []
        for _ in range(replicas):
            weight = np.bincount(rng.integers(pairs, size=pairs), minlength=pairs)
            weights = np.repeat(weight, bins).astype(np.float64)
            halves.append(fit_turnon(table.separation, resolved, weights).half_mm)
        drawn.append(np.array(halves))
    errors = [float(np.nanstd(d, ddof=1)) if np.isfinite(d).sum() > 1 else np.nan for d in drawn]
    records = [
        Measured(value=v, error=e) if np.isfinite(v) and np.isfinite(e) else None
        for v, e in zip(values, errors, strict=True)
    ]
    p_value = None
    if all(records):
        p_value = float(2 * norm.sf(abs(values[1] - values[0]) / np.hypot(errors[0], errors[1])))
    return TurnonRecord(reference_mm=records[0], model_mm=records[1], p_value=p_value)


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
