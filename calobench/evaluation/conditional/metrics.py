"""From two samples to the metrics of a run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_digits
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.counts import Counter
from calobench.evaluation.conditional.histograms import bin_counts, quantile_edges
from calobench.evaluation.conditional.limits import LIMIT, limited
from calobench.evaluation.conditional.local import local_means
from calobench.evaluation.conditional.model import MIN_SHOWERS, ConditionalModel
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.observables.base import HIT_MEV, Observable
from calobench.observables.features import FeatureTable
from calobench.results.quality import (
    Column,
    EstimateMetric,
    HistogramMetric,
    Kind,
    Metric,
    QualityRecord,
)
from calobench.stats.estimates import Estimates, correlations, log_widths, means, slopes

__all__ = ["Meter", "measure_quality"]

Array = NDArray[np.float64]

# More digits than errors have, and a third of the bytes.
_DIGITS = 7


def measure_quality(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    conditional: ConditionalModel | None = None,
) -> QualityRecord | None:
    """All metrics of a model against the reference.

    Args:
        reference: observables of the reference showers.
        model: of the model's.
        detector: the detector.
        observables: of both tables.
        conditional: fitted to the reference, if that is done already.

    Returns:
        None where either sample has fewer than 50 showers, too few for any error.
    """
    if min(len(reference), len(model)) < MIN_SHOWERS:
        return None
    yardstick = Yardstick.fit(reference, detector, observables, conditional)
    return Meter(yardstick).measure(yardstick.measure(model))


class Meter:
    """Measures samples against one reference, whose own side is worked out once.

    Args:
        yardstick: the reference.
    """

    def __init__(self, yardstick: Yardstick) -> None:
        self.yardstick = yardstick
        self._names = [column.name for column in yardstick.columns]
        self._binned_reference = _between_limits(yardstick.reference.residuals)
        self._edges = [quantile_edges(column) for column in self._binned_reference.T]
        by_name = {observable.name: observable for observable in yardstick.observables}
        self._of = [by_name[column.observable] for column in yardstick.columns]
        places = {k: one.main for k, one in enumerate(self._of) if one.main is not None}
        self._main = sorted(places, key=places.__getitem__)
        self._local = [k for k, one in enumerate(self._of) if one.local or one.main is not None]
        self._counter = Counter(yardstick, self._main)

    def measure(self, sample: Sample) -> QualityRecord:
        """The metrics of a sample.

        Args:
            sample: made by the same yardstick.
        """
        yardstick = self.yardstick
        return QualityRecord(
            n=len(sample),
            n_reference=len(yardstick.reference),
            threshold_mev=HIT_MEV,
            columns=(*yardstick.columns, *yardstick.rare, *self._local_columns.values()),
            metrics=tuple(
                itertools.chain(
                    self._estimates(sample),
                    self._local_metrics(sample),
                    self._histograms(sample),
                    self._counter.metrics(sample),
                )
            ),
        )

    @cached_property
    def _pairs(self) -> NDArray[np.intp]:
        """Parts of each whole among themselves, and main numbers among themselves, (P, 2)."""
        wholes: dict[str | None, list[int]] = {}
        for k, one in enumerate(self._of):
            if one.correlated:
                wholes.setdefault(one.part_of, []).append(k)
        together = [*wholes.values(), self._main]
        pairs = [pair for group in together for pair in itertools.combinations(group, 2)]
        return np.array(pairs, np.intp).reshape(-1, 2)

    @cached_property
    def _reference_estimates(self) -> list[Estimates]:
        return self._all_estimates(self.yardstick.reference)

    def _all_estimates(self, sample: Sample) -> list[Estimates]:
        residuals = limited(sample.residuals)
        return [
            means(residuals),
            log_widths(residuals),
            *(slopes(residuals, covariate) for covariate in sample.covariates.T),
            correlations(residuals, self._pairs),
        ]

    def _estimates(self, sample: Sample) -> Iterator[Metric]:
        slope_names = [f"slope_{name}" for name in self.yardstick.covariates.names]
        labels: list[tuple[Kind, str]] = [("bias", "bias"), ("width", "width")]
        labels += [("slope", name) for name in slope_names]
        *of_columns, of_pairs = zip(
            self._all_estimates(sample), self._reference_estimates, strict=True
        )
        for (kind, suffix), (estimates, reference) in zip(labels, of_columns, strict=True):
            for k, name in enumerate(self._names):
                yield self._estimate(
                    f"{name}.{suffix}", kind, (name,), estimates, reference, k, len(sample)
                )
        estimates, reference = of_pairs
        for k, (first, second) in enumerate(self._pairs):
            names = (self._names[first], self._names[second])
            name = f"{names[0]}~{names[1]}.correlation"
            yield self._estimate(name, "correlation", names, estimates, reference, k, len(sample))

    def _estimate(
        self,
        name: str,
        kind: Kind,
        columns: tuple[str, ...],
        estimates: Estimates,
        reference: Estimates,
        k: int,
        n: int,
    ) -> EstimateMetric:
        return EstimateMetric(
            name=name,
            kind=kind,
            columns=columns,
            value=_rounded(estimates.value[k]),
            error=_rounded(estimates.error[k]),
            n=n,
            reference=_rounded(reference.value[k]),
            reference_error=_rounded(reference.error[k]),
            n_reference=len(self.yardstick.reference),
        )

    @cached_property
    def _local_columns(self) -> dict[tuple[int, int], Column]:
        """Columns that are compared in regions, by number of the region and of the column."""
        regions = self.yardstick.regions
        if len(regions.names) < 2:
            return {}
        return {
            (region, place): self.yardstick.columns[k].model_copy(
                update={
                    "name": f"{self._names[k]}@{name}",
                    "label": f"{self.yardstick.columns[k].label}, {label}",
                }
            )
            for region, (name, label) in enumerate(zip(regions.names, regions.labels, strict=True))
            for place, k in enumerate(self._local)
        }

    def _local_estimates(self, sample: Sample) -> list[Estimates | None]:
        regions = len(self.yardstick.regions.names)
        return local_means(sample.residuals[:, self._local], sample.region, regions)

    @cached_property
    def _reference_local(self) -> list[Estimates | None]:
        return self._local_estimates(self.yardstick.reference)

    def _local_metrics(self, sample: Sample) -> Iterator[Metric]:
        estimates = self._local_estimates(sample) if self._local_columns else []
        for (region, place), column in self._local_columns.items():
            here, reference = estimates[region], self._reference_local[region]
            if here is not None and reference is not None:
                name = f"{column.name}.local"
                yield self._estimate(
                    name, "local", (column.name,), here, reference, place, len(sample)
                )

    def _histograms(self, sample: Sample) -> Iterator[Metric]:
        residuals = _between_limits(sample.residuals)
        for k, name in enumerate(self._names):
            edges = self._edges[k]
            yield HistogramMetric(
                name=f"{name}.shape",
                kind="shape",
                columns=(name,),
                edges=tuple(_rounded(edge) for edge in edges),
                counts=bin_counts(residuals[:, k], edges),
                reference_counts=self._reference_counts[k],
            )

    @cached_property
    def _reference_counts(self) -> list[tuple[int, ...]]:
        residuals = self._binned_reference.T
        return [bin_counts(r, edges) for r, edges in zip(residuals, self._edges, strict=True)]


def _between_limits(residuals: Array) -> Array:
    """For histograms, whose outermost bins are open: what is undefined lies in the first."""
    return np.clip(np.where(np.isnan(residuals), -LIMIT, residuals), -LIMIT, LIMIT)


def _rounded(x: float) -> float:
    return to_digits(x, _DIGITS)
