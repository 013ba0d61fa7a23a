"""What the scores say: each judged against its own null, with its error. No text here."""

from __future__ import annotations

import enum
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calobench.results.schema import EnergyBin, EnergyDependence, ObservableResult, Results, Score

__all__ = [
    "Average",
    "Deviation",
    "Judged",
    "Status",
    "Tally",
    "average_ratio",
    "by_family",
    "judge",
    "largest_deviation",
    "null_ratio",
    "overall",
    "score_named",
    "status_of",
    "tally",
    "typical_reach",
]

# The score that judges an observable: in units of the observable, and sensitive to shape and shift.
# The others where it is missing.
_VERDICT_SCORES = ("wasserstein", "chi2", "separation")
# Level of the permutation test, and so the share of alarms where nothing differs.
_FALSE_ALARM = 0.05


class Status(enum.StrEnum):
    """What the permutation test says of a score, and how large the effect is."""

    COMPATIBLE = "compatible"
    BORDERLINE = "borderline"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Judged:
    """An observable, the score that judges it, and what follows."""

    observable: ObservableResult
    score: Score
    status: Status

    @property
    def ratio(self) -> float:
        """Score over the 95 % quantile of its null."""
        return null_ratio(self.score)


@dataclass(frozen=True)
class Tally:
    """How many of ``n`` scores the permutation test objects to.

    Attributes:
        n: scores.
        above: of them objected to.
        clear: of those, above the 95 % quantile of the null by more than two errors.
        expected: objections that chance alone gives.
        chance: probability of as many or more by chance alone, were they independent.
    """

    n: int
    above: int
    clear: int
    expected: float
    chance: float

    @property
    def within(self) -> int:
        """Scores that the test does not object to."""
        return self.n - self.above


@dataclass(frozen=True)
class Average:
    """Model over Geant4, averaged over the energy bins that both have, weighted by its errors."""

    value: float
    error: float
    n_bins: int


@dataclass(frozen=True)
class Deviation:
    """The energy bin where model over Geant4 is most errors away from one."""

    energy_mev: float
    value: float
    error: float


def score_named(observable: ObservableResult, name: str) -> Score | None:
    """The observable's score of that name, if it has one."""
    return next((score for score in observable.scores if score.name == name), None)


def status_of(score: Score) -> Status:
    """Compatible while the permutation test does not object at 5 %.

    Otherwise it differs when it lies above the null's 95 % quantile by more than two errors.
    """
    if score.p_value > _FALSE_ALARM:
        return Status.COMPATIBLE
    if score.value - 2 * score.error > score.null_95:
        return Status.DIFFERS
    return Status.BORDERLINE


def null_ratio(score: Score) -> float:
    """Score over the 95 % quantile of its null; infinite where the null is zero and it is not."""
    if score.null_95 > 0:
        return score.value / score.null_95
    return 0.0 if score.value <= 0 else math.inf


def judge(observables: Iterable[ObservableResult]) -> tuple[Judged, ...]:
    """Judge every observable that has a score."""
    judged = []
    for observable in observables:
        for name in _VERDICT_SCORES:
            score = score_named(observable, name)
            if score is not None:
                judged.append(Judged(observable, score, status_of(score)))
                break
    return tuple(judged)


def tally(scores: Iterable[Score]) -> Tally:
    """Count the objections, and say what chance alone would give."""
    statuses = [status_of(score) for score in scores]
    n = len(statuses)
    above = sum(status is not Status.COMPATIBLE for status in statuses)
    chance = math.fsum(
        math.comb(n, k) * _FALSE_ALARM**k * (1 - _FALSE_ALARM) ** (n - k)
        for k in range(above, n + 1)
    )
    return Tally(
        n=n,
        above=above,
        clear=sum(status is Status.DIFFERS for status in statuses),
        expected=_FALSE_ALARM * n,
        chance=min(chance, 1.0),
    )


def overall(judged: Sequence[Judged]) -> Status:
    """Of the whole model: compatible while chance explains the count, else by most observables."""
    counts = tally(one.score for one in judged)
    if counts.chance >= _FALSE_ALARM:
        return Status.COMPATIBLE
    return Status.DIFFERS if counts.clear > counts.n / 2 else Status.BORDERLINE


def typical_reach(judged: Sequence[Judged]) -> float | None:
    """Median null quantile of W1: smaller effects are not seen, in reference sigmas."""
    quantiles = [one.score.null_95 for one in judged if one.score.name == "wasserstein"]
    return statistics.median(quantiles) if quantiles else None


def average_ratio(data: EnergyDependence, quantity: str) -> Average | None:
    """Model over Geant4 of ``response`` or ``resolution``, averaged over energy."""
    ratios = _ratios(data, quantity)
    if not ratios:
        return None
    if all(ratio.error > 0 for ratio in ratios):
        weights = [1 / ratio.error**2 for ratio in ratios]
    else:
        weights = [1.0] * len(ratios)
    total = math.fsum(weights)
    value = math.fsum(w * r.value for w, r in zip(weights, ratios, strict=True)) / total
    error = math.hypot(*(w * r.error for w, r in zip(weights, ratios, strict=True))) / total
    return Average(value, error, len(ratios))


def largest_deviation(data: EnergyDependence, quantity: str) -> Deviation | None:
    """Of all energy bins the most significant one; bins without an error cannot be it."""
    ratios = [ratio for ratio in _ratios(data, quantity) if ratio.error > 0]
    return max(ratios, key=lambda r: abs(r.value - 1) / r.error, default=None)


def _ratios(data: EnergyDependence, quantity: str) -> list[Deviation]:
    pairs = zip(data.reference, data.model, strict=False)
    ratios = []
    for reference, model in pairs:
        if reference is None or model is None:
            continue
        (a, da), (b, db) = _read(model, quantity), _read(reference, quantity)
        if b > 0:
            ratios.append(
                Deviation(reference.mean_energy_mev, a / b, math.hypot(da / b, a / b * db / b))
            )
    return ratios


def _read(energy_bin: EnergyBin, quantity: str) -> tuple[float, float]:
    if quantity == "response":
        return energy_bin.response, energy_bin.response_error
    return energy_bin.resolution, energy_bin.resolution_error


def by_family(results: Results) -> dict[str, list[ObservableResult]]:
    """Observables of each family, in the order in which the results have them."""
    families: dict[str, list[ObservableResult]] = {}
    for observable in results.observables:
        families.setdefault(observable.family, []).append(observable)
    return families
