"""From two samples to the metrics of a run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.histograms import bin_counts, quantile_edges
from calobench.evaluation.conditional.model import FEWEST_SHOWERS
from calobench.evaluation.conditional.twins import repeated, twin_distance
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.observables.base import HIT_MEV, Observable
from calobench.observables.features import FeatureTable
from calobench.results.quality import (
    CountMetric,
    EstimateMetric,
    HistogramMetric,
    Kind,
    Metric,
    QualityRecord,
)
from calobench.stats.estimates import Estimates, correlations, log_widths, means, slopes

__all__ = ["Meter", "measure_quality"]

Array = NDArray[np.float64]

# Numbers that describe different things of a shower: how they go together is judged, pair by pair.
_KEY_COLUMNS = (
    "response",
    "centre_of_gravity_z",
    "width_z",
    "centre_of_gravity_r",
    "width_r",
    "cells_above_100kev",
    "hottest_cell",
)
_LAYERS = "layers_"

# More digits than errors have, and a third of the bytes.
_DIGITS = 7


def measure_quality(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
) -> QualityRecord | None:
    """All metrics of a model against the reference.

    Args:
        reference: observables of the reference showers.
        model: of the model's.
        detector: the detector.
        observables: of both tables.

    Returns:
        None where either sample has fewer than 50 showers, too few for any error.
    """
    if min(len(reference), len(model)) < FEWEST_SHOWERS:
        return None
    yardstick = Yardstick.fit(reference, detector, observables)
    return Meter(yardstick).measure(yardstick.measure(model))


class Meter:
    """Measures samples against one reference, whose own side is worked out once.

    Args:
        yardstick: the reference.
    """

    def __init__(self, yardstick: Yardstick) -> None:
        self.yardstick = yardstick
        self._names = [column.name for column in yardstick.columns]
        self._edges = [quantile_edges(column) for column in yardstick.reference.residuals.T]

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
            columns=(*yardstick.columns, *yardstick.rare),
            metrics=tuple(
                itertools.chain(
                    self._estimates(sample), self._histograms(sample), self._counts(sample)
                )
            ),
        )

    @cached_property
    def _pairs(self) -> NDArray[np.intp]:
        """Groups of layers among themselves, and key numbers among themselves, (P, 2)."""
        layers = [k for k, name in enumerate(self._names) if name.startswith(_LAYERS)]
        key = [self._names.index(name) for name in _KEY_COLUMNS if name in self._names]
        pairs = [*itertools.combinations(layers, 2), *itertools.combinations(key, 2)]
        return np.array(pairs, np.intp).reshape(-1, 2)

    @cached_property
    def _reference_estimates(self) -> list[Estimates]:
        return self._all_estimates(self.yardstick.reference)

    @cached_property
    def _twin_distance(self) -> float:
        return twin_distance(self.yardstick.reference.shape)

    def _all_estimates(self, sample: Sample) -> list[Estimates]:
        residuals = sample.residuals
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
        for (kind, suffix), (found, reference) in zip(labels, of_columns, strict=True):
            for k, name in enumerate(self._names):
                yield self._estimate(
                    f"{name}.{suffix}", kind, (name,), found, reference, k, len(sample)
                )
        found, reference = of_pairs
        for k, (first, second) in enumerate(self._pairs):
            names = (self._names[first], self._names[second])
            name = f"{names[0]}~{names[1]}.correlation"
            yield self._estimate(name, "correlation", names, found, reference, k, len(sample))

    def _estimate(
        self,
        name: str,
        kind: Kind,
        columns: tuple[str, ...],
        found: Estimates,
        reference: Estimates,
        k: int,
        n: int,
    ) -> EstimateMetric:
        return EstimateMetric(
            name=name,
            kind=kind,
            columns=columns,
            value=_rounded(found.value[k]),
            error=_rounded(found.error[k]),
            n=n,
            reference=_rounded(reference.value[k]),
            reference_error=_rounded(reference.error[k]),
            n_reference=len(self.yardstick.reference),
        )

    def _histograms(self, sample: Sample) -> Iterator[Metric]:
        for k, name in enumerate(self._names):
            edges = self._edges[k]
            yield HistogramMetric(
                name=f"{name}.shape",
                kind="shape",
                columns=(name,),
                edges=tuple(_rounded(edge) for edge in edges),
                counts=bin_counts(sample.residuals[:, k], edges),
                reference_counts=self._reference_counts[k],
            )

    @cached_property
    def _reference_counts(self) -> list[tuple[int, ...]]:
        residuals = self.yardstick.reference.residuals.T
        return [bin_counts(r, edges) for r, edges in zip(residuals, self._edges, strict=True)]

    def _counts(self, sample: Sample) -> Iterator[Metric]:
        reference = self.yardstick.reference
        for k, column in enumerate(self.yardstick.rare):
            yield CountMetric(
                name=f"{column.name}.rare",
                kind="rare",
                columns=(column.name,),
                count=int(sample.unusual[:, k].sum()),
                n=len(sample),
                reference_count=int(reference.unusual[:, k].sum()),
                n_reference=len(reference),
            )
        yield CountMetric(
            name="sample.empty",
            kind="sample",
            columns=(),
            count=int(sample.empty.sum()),
            n=len(sample),
            reference_count=int(reference.empty.sum()),
            n_reference=len(reference),
        )
        count, n = repeated(sample.shape, self._twin_distance, sample.empty)
        reference_count, n_reference = self._reference_twins
        yield CountMetric(
            name="sample.repeated",
            kind="sample",
            columns=(),
            count=count,
            n=n,
            reference_count=reference_count,
            n_reference=n_reference,
        )

    @cached_property
    def _reference_twins(self) -> tuple[int, int]:
        reference = self.yardstick.reference
        return repeated(reference.shape, self._twin_distance, reference.empty)


def _rounded(x: float) -> float:
    return float(f"{x:.{_DIGITS}g}")
