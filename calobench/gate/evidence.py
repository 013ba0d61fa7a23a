"""Evidence of a growing sample for a change of each metric, valid at any look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from calobench.gate.changes import (
    Entry,
    Metrics,
    effect,
    floor_of,
    judged_by_sign,
    quality_entries,
    weights,
)
from calobench.gate.failures import ALLOWANCE
from calobench.gate.policy import Policy
from calobench.results.quality import CountMetric, EstimateMetric, HistogramMetric, Metric
from calobench.stats.evalues import (
    log_e_change,
    log_e_excess,
    log_e_fractions,
    log_e_of_p_value,
    log_mean,
)

__all__ = ["BET", "Bets", "Look"]


class Look(NamedTuple):
    """The evidence so far.

    Attributes:
        n: showers of the candidate.
        log_e: logarithm of the evidence that metrics became worse by more than their floors.
        metrics: those, the surest first.
    """

    n: int
    log_e: float
    metrics: tuple[str, ...]


class Bets:
    """One bet on each metric, with the parts of alpha that the gate gives them.

    Their average is an e-process if nothing changed, and the part of it that is of metrics which got worse
    is not larger.

    Args:
        baseline: metrics that stay as they are.
        first: of the candidate's first showers: what is compared, and what can be tested only once.
        policy: floors and main metrics.
    """

    def __init__(self, baseline: Metrics, first: Metrics, policy: Policy) -> None:
        self._baseline, self._policy = baseline, policy
        self._before = {metric.name: metric for metric in baseline.metrics}
        entries, _ = quality_entries(first, baseline, policy)
        now = {metric.name: metric for metric in first.metrics}
        self._once = {
            entry.name: log_e_of_p_value(_one_sided(entry))
            for entry in entries
            if _tested_once(now[entry.name])
        }
        headline = np.array([policy.is_headline(entry.name) for entry in entries], bool)
        known = np.array([_fraction_is_known(now[entry.name]) for entry in entries], bool)
        fractions = weights(headline, known, policy)
        self._weight = {entry.name: float(w) for entry, w in zip(entries, fractions, strict=True)}

    def look(self, candidate: Metrics) -> Look:
        """The evidence of all showers so far.

        Args:
            candidate: their metrics.
        """
        entries, _ = quality_entries(candidate, self._baseline, self._policy)
        now = {metric.name: metric for metric in candidate.metrics}
        worse = []
        for given in entries:
            entry = judged_by_sign(given, self._policy)
            if entry.name not in self._weight:
                continue
            if effect(entry.comparison, floor_of(entry, self._policy)) == "worse":
                worse.append((self._log_e(entry, now[entry.name]), entry.name))
        worse.sort(key=lambda one: -(one[0] + math.log(self._weight[one[1]])))
        names = [name for _, name in worse]
        log_e = log_mean([log for log, _ in worse], [self._weight[name] for name in names])
        return Look(candidate.n, log_e, tuple(names))

    def _log_e(self, entry: Entry, metric: Metric) -> float:
        if entry.name in self._once:
            return self._once[entry.name]
        before, floor = self._before[entry.name], self._policy.floor(entry.name, entry.kind)
        if isinstance(metric, EstimateMetric) and isinstance(before, EstimateMetric):
            return _of_estimates(before, metric, floor.absolute)
        if isinstance(metric, HistogramMetric) and isinstance(before, HistogramMetric):
            return _of_histograms(before.counts, metric.counts, floor.absolute)
        if isinstance(metric, CountMetric) and isinstance(before, CountMetric):
            return _of_counts(before, metric)
        return -math.inf


# In floors: what is confirmed with 1,000 showers is about as large.
BET = 2.0
# Where a policy has no floor: a change of as many errors of the baseline.
_ERRORS = 5.0


def _of_estimates(before: EstimateMetric, now: EstimateMetric, floor: float) -> float:
    variance = before.error**2 + now.error**2
    if variance == 0:
        return 0.0
    bet = BET * floor or _ERRORS * before.error
    return float(log_e_change((now.value - before.value) ** 2 / variance, 1, variance, bet))


def _of_histograms(before: Sequence[int], now: Sequence[int], floor: float) -> float:
    """Cohen's w of the change that is bet on is two floors: its parts are independent and alike."""
    filled = [(x, y) for x, y in zip(before, now, strict=True) if x + y]
    m, n, free = sum(before), sum(now), len(filled) - 1
    if free < 1 or min(m, n) == 0:
        return 0.0
    square = sum((n * x - m * y) ** 2 / (x + y) for x, y in filled) / (n * m)
    bet = BET * floor / math.sqrt(free) or _ERRORS / math.sqrt(m)
    return float(log_e_change(square, free, 1 / m + 1 / n, bet))


def _of_counts(before: CountMetric, now: CountMetric) -> float:
    if _fraction_is_known(now) and now.possible is not None and before.count == 0:
        return log_e_excess(now.count, now.n, now.possible)
    changed = float(log_e_fractions(now.count, now.n, before.count, before.n))
    if not now.failure:
        return changed
    # As the p-value: far beyond Geant4, and at a tenth of the evidence beyond the baseline.
    fixed, n_fixed = before.count + now.reference_count, before.n + now.n_reference
    sound = float(log_e_fractions(now.count, now.n, fixed, n_fixed))
    return min(sound, changed + math.log(ALLOWANCE))


def _tested_once(metric: Metric) -> bool:
    """Showers that are compared with each other say something else the more there are."""
    return isinstance(metric, CountMetric) and metric.growing


def _fraction_is_known(metric: Metric) -> bool:
    return isinstance(metric, CountMetric) and metric.possible is not None and metric.possible > 0


def _one_sided(entry: Entry) -> float:
    return entry.comparison.p_value / (2 if entry.one_sided else 1)
