"""The size of a difference, from results: a number, its error and its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from calobench.results.benchmarks import classifiers
from calobench.results.multivariate import MultivariateScore
from calobench.results.observable import ObservableResult, declared_observables
from calobench.results.quality import Column, EstimateMetric
from calobench.results.schema import Results
from calobench.results.scores import declared_scores, effect_size
from calobench.results.verdict import Topic

__all__ = ["Measurement", "Ruler", "multivariate_scores"]

_SIGMA = "sigma"


class Measurement(NamedTuple):
    """A difference to Geant4, or a score.

    Attributes:
        value: model minus Geant4, or the score, in the unit.
        error: standard deviation; None where samples are too small for one.
        zero: the score of a model that agrees; 0 for differences.
    """

    value: float
    error: float | None
    zero: float = 0.0

    @property
    def sigmas(self) -> float | None:
        """Distance from agreement in errors."""
        if self.error is None or self.error <= 0:
            return None
        return abs(self.value - self.zero) / self.error


def multivariate_scores(results: Results) -> dict[str, tuple[MultivariateScore, Topic]]:
    """Scores of all observables together and of the classifiers of benchmarks, by name, with their topics."""
    together = () if results.multivariate is None else results.multivariate.scores
    scores = {one.name: (one, Topic.CORRELATIONS) for one in together}
    for one in classifiers(results):
        if one.test.score is not None:
            scores[one.test.score.name] = one.test.score, Topic(one.topic)
    return scores


class Ruler:
    """Measures what a use asks for.

    Args:
        results: of a run.
    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self.energy_dependence = results.energy_dependence
        self.observables: Mapping[str, ObservableResult] = declared_observables(results)
        self.scores = multivariate_scores(results)
        self._effect_size = effect_size(declared_scores(results))
        quality = results.quality
        self._metrics = {} if quality is None else {m.name: m for m in quality.metrics}
        self._columns = {} if quality is None else {c.name: c for c in quality.columns}
        self.benchmarks = _benchmark_metrics(results)
        self.labels = _benchmark_labels(results)

    def is_relative(self, observable: str) -> bool:
        """Whether a difference of its mean may be given in per cent of it: it is not about zero."""
        column = self._columns.get(observable)
        return column is not None and abs(column.mean) > column.width

    def measure(self, observable: str, quantity: str, unit: str) -> Measurement | None:
        """One quantity; None where the results do not have it.

        Args:
            observable: name of an observable, a score, or a benchmark's metric.
            quantity: ``mean``, ``width``, ``shape`` or ``score``.
            unit: ``%``, ``sigma``, the observable's own, or ''.
        """
        if quantity == "score":
            return self._score(observable)
        if observable in self.benchmarks:
            return _of_metric(self.benchmarks[observable], unit)
        if quantity == "shape":
            return self._shape(observable)
        if observable == "response" and unit == "%":
            average = self._average("response" if quantity == "mean" else "resolution")
            if average is not None:
                return average
        if quantity == "width":
            return self._width(observable)
        return self._mean(observable, unit)

    def _average(self, quantity: str) -> Measurement | None:
        for one in self._results.energy_dependence.averages:
            if one.quantity == quantity and one.error > 0:
                return _percent_of_log(one.log_ratio, one.error)
        return None

    def _mean(self, observable: str, unit: str) -> Measurement | None:
        metric, column = self._metrics.get(f"{observable}.bias"), self._columns.get(observable)
        if isinstance(metric, EstimateMetric) and column is not None:
            scale = _scale(column, unit)
            if scale is None:
                return None
            error = math.hypot(metric.error, metric.reference_error)
            return Measurement((metric.value - metric.reference) * scale, error * scale)
        return None

    def _width(self, observable: str) -> Measurement | None:
        metric = self._metrics.get(f"{observable}.width")
        if not isinstance(metric, EstimateMetric):
            return None
        error = math.hypot(metric.error, metric.reference_error)
        return _percent_of_log(metric.value - metric.reference, error)

    def _shape(self, observable: str) -> Measurement | None:
        result = self.observables.get(observable)
        scores = () if result is None else result.scores
        size = self._effect_size
        score = next((one for one in scores if size and one.name == size.name), None)
        return None if score is None else Measurement(score.value, score.known_error)

    def _score(self, name: str) -> Measurement | None:
        if name not in self.scores:
            return None
        score, _ = self.scores[name]
        return Measurement(score.value, score.error, score.null_median)


def _percent_of_log(log_ratio: float, error: float) -> Measurement:
    ratio = math.exp(log_ratio)
    return Measurement(100 * math.expm1(log_ratio), 100 * ratio * error)


def _scale(column: Column, unit: str) -> float | None:
    """From widths at fixed incident particle to the unit."""
    if unit == _SIGMA:
        return 1.0
    if unit == "%":
        return 100 * column.width / abs(column.mean) if column.mean else None
    return column.width if unit == column.unit else None


def _benchmark_metrics(results: Results) -> dict[str, EstimateMetric]:
    """Metrics of benchmarks; each name begins with the benchmark's."""
    by_name: dict[str, EstimateMetric] = {}
    for record in results.benchmarks.values():
        holder = getattr(record, "metrics", None)
        metrics = getattr(holder, "metrics", ())
        by_name |= {m.name: m for m in metrics if isinstance(m, EstimateMetric)}
    return by_name


def _benchmark_labels(results: Results) -> dict[str, str]:
    labels: dict[str, str] = {}
    for record in results.benchmarks.values():
        holder = getattr(record, "metrics", None)
        labels |= {column.name: column.label for column in getattr(holder, "columns", ())}
    return labels


def _of_metric(metric: EstimateMetric, unit: str) -> Measurement:
    error = math.hypot(metric.error, metric.reference_error)
    difference = metric.value - metric.reference
    if unit != "%":
        return Measurement(difference, error)
    scale = 100 / abs(metric.reference) if metric.reference else 100.0
    return Measurement(difference * scale, error * scale)
