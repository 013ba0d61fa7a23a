"""All metrics of two runs, compared and judged together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from calobench.gate.comparison import Comparison, compare
from calobench.gate.kinds import metric_kind, metric_kinds
from calobench.gate.policy import Policy
from calobench.results.gate import Change, Gap, Status
from calobench.results.quality import Column, Metric
from calobench.stats.multiple import headline_weights, holm

__all__ = [
    "Entry",
    "Metrics",
    "effect",
    "floor_of",
    "judge_entries",
    "judged_by_sign",
    "quality_entries",
    "weights",
]

# Of 1,000 showers in a detector of 22 radiation lengths one is empty with a probability of 4e-5: this part of
# alpha is enough for what physics forbids.
_OF_THE_IMPOSSIBLE = 0.01

# "Would be detected with probability 99 %".
_POWER = float(ndtri(0.99))


class Metrics(Protocol):
    """Metrics, of the quality or of a benchmark."""

    @property
    def n(self) -> int:
        """Independent showers, or pairs of them, of the model."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns that the metrics are made of."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics."""


class Entry(NamedTuple):
    """A metric that both runs have.

    Attributes:
        name: of the metric.
        kind: of the metric.
        columns: those it is made of.
        comparison: before and after.
        one_sided: "worse" and "better" are alike by chance, so that half the p-value is enough.
    """

    name: str
    kind: str
    columns: tuple[Column, ...]
    comparison: Comparison
    one_sided: bool


def quality_entries(
    candidate: Metrics,
    baseline: Metrics,
    policy: Policy,
) -> tuple[list[Entry], list[Gap]]:
    """Metrics that can be compared, and those that cannot with the reason."""
    before = {metric.name: metric for metric in baseline.metrics if not policy.ignores(metric.name)}
    after = {metric.name: metric for metric in candidate.metrics if not policy.ignores(metric.name)}
    columns = {column.name: column for column in (*baseline.columns, *candidate.columns)}
    # A difference as large comes from the smaller sample, and that is "worse" if it is the
    # candidate's.
    one_sided = candidate.n >= baseline.n
    gaps = [*_missing(before, after, "results"), *_missing(after, before, "baseline")]
    entries = []
    for name, metric in after.items():
        if name not in before:
            continue
        if metric.kind not in metric_kinds():
            # What is too small a change is known to who declares the kind.
            reason = f"its kind '{metric.kind}' is of a package that is not installed here"
            gaps.append(Gap(name=name, reason=reason))
            continue
        comparison = compare(before[name], metric)
        if comparison is None:
            gaps.append(Gap(name=name, reason="made differently in the two runs"))
            continue
        named = tuple(columns[column] for column in metric.columns if column in columns)
        entries.append(Entry(name, metric.kind, named, comparison, one_sided))
    return entries, gaps


def _missing(there: Mapping[str, Metric], here: Mapping[str, Metric], what: str) -> list[Gap]:
    return [Gap(name=name, reason=f"not in the {what}") for name in there if name not in here]


def judge_entries(entries: Sequence[Entry], policy: Policy) -> tuple[Change, ...]:
    """Decide each metric, with the family-wise error of all of them under control.

    A metric is worse when it is farther from Geant4 than before, significantly so, and by more than
    its floor; or when it was beyond the floor on one side of Geant4, is now on the other, and is not
    nearer by more than the floor: a resolution that was too wide and is as much too narrow is
    another fault, not the same. It is better when it is nearer.
    """
    entries = [judged_by_sign(entry, policy) for entry in entries]
    headline = np.array([policy.is_headline(entry.name) for entry in entries], bool)
    by_itself = np.array([entry.comparison.by_itself for entry in entries], bool)
    weight = weights(headline, by_itself, policy)
    worse = holm(np.array([_p_value(entry, worse=True) for entry in entries]), weight)
    better = holm(np.array([_p_value(entry, worse=False) for entry in entries]), weight)
    changes = []
    for k, entry in enumerate(entries):
        p_adjusted = float(worse[k] if entry.comparison.worse else better[k])
        changes.append(
            _change(entry, p_adjusted, float(weight[k]), policy, headline=bool(headline[k]))
        )
    return tuple(changes)


def weights(
    headline: NDArray[np.bool_], by_itself: NDArray[np.bool_], policy: Policy
) -> NDArray[np.float64]:
    """Fractions of alpha for the metrics, (M,).

    Args:
        headline: the main metrics, (M,).
        by_itself: what physics forbids, which has a hundredth of alpha, (M,).
        policy: the part of the main metrics.
    """
    weight = np.full(len(headline), _OF_THE_IMPOSSIBLE / max(int(by_itself.sum()), 1))
    compared = ~by_itself
    of_the_rest = headline_weights(headline[compared], policy.headline_share)
    weight[compared] = (1 - _OF_THE_IMPOSSIBLE) * of_the_rest
    return weight


def judged_by_sign(entry: Entry, policy: Policy) -> Entry:
    """The entry; worse, and tested on both sides, where it crossed over to the other side of Geant4."""
    comparison = entry.comparison
    if comparison.before * comparison.after < 0 and comparison.crossed(floor_of(entry, policy)):
        # In either order of the two runs this would be worse: half the p-value would not be enough.
        return entry._replace(comparison=comparison._replace(worse=True), one_sided=False)
    return entry


def floor_of(entry: Entry, policy: Policy) -> float:
    """The change that is too small to matter, in the metric's unit."""
    limits = policy.floor(entry.name, entry.kind)
    return max(limits.absolute, limits.relative * abs(entry.comparison.before))


def _p_value(entry: Entry, *, worse: bool) -> float:
    """P-value of a change in one direction."""
    both = entry.comparison.p_value
    if entry.comparison.worse != worse:
        return 1.0
    return both / 2 if entry.one_sided else both


def _change(
    entry: Entry, p_adjusted: float, weight: float, policy: Policy, *, headline: bool
) -> Change:
    comparison = entry.comparison
    floor = floor_of(entry, policy)
    in_unit, relative = _in_own_unit(entry)
    return Change(
        name=entry.name,
        kind=entry.kind,
        observable=entry.columns[0].observable if entry.columns else "",
        label=_label(entry.columns),
        unit=entry.columns[0].unit if entry.columns else "",
        headline=headline,
        before=comparison.before,
        before_error=comparison.before_error,
        after=comparison.after,
        after_error=comparison.after_error,
        floor=floor,
        p_value=_p_value(entry, worse=comparison.worse),
        p_adjusted=p_adjusted,
        detectable=_detectable(entry, policy.alpha * weight, floor),
        by_itself=comparison.by_itself,
        status=_status(comparison, p_adjusted, floor, policy.alpha),
        in_unit=in_unit,
        relative=relative,
    )


def _status(comparison: Comparison, p_adjusted: float, floor: float, alpha: float) -> Status:
    return "unchanged" if p_adjusted > alpha else effect(comparison, floor)


def effect(comparison: Comparison, floor: float) -> Status:
    """``worse``, ``better`` or ``small``: the meaning of a change that is no chance."""
    if comparison.crossed(floor):
        return "worse"
    if abs(comparison.excess) <= floor:
        return "small"
    return "worse" if comparison.worse else "better"


def _detectable(entry: Entry, alpha: float, floor: float) -> float | None:
    """The change that is detected with a probability of 99 %: significant, and above the floor."""
    error = entry.comparison.error
    if error is None:
        return None
    threshold = _sigmas(alpha if entry.one_sided else alpha / 2)
    return max((threshold + _POWER) * error, floor + _POWER * error)


@cache
def _sigmas(p_value: float) -> float:
    return -float(ndtri(p_value))


def _in_own_unit(entry: Entry) -> tuple[float | None, float | None]:
    """The change of a mean in the observable's unit and over its mean; of a width over the width."""
    change = entry.comparison.after - entry.comparison.before
    if metric_kind(entry.kind).scale == "logarithm":
        return None, math.expm1(change)
    if entry.kind not in ("bias", "local") or not entry.columns:
        return None, None
    column = entry.columns[0]
    in_unit = change * column.width
    # Around a mean of zero nothing is relative.
    return in_unit, in_unit / column.mean if abs(column.mean) > column.width else None


def _label(columns: Iterable[Column]) -> str:
    return " with ".join(column.label for column in columns)
