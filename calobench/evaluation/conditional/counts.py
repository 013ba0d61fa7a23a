"""Metrics that count showers: those that failed, are repeated, copied, outliers, or unusual in a number."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.failures import empty_fraction, response_failed
from calobench.evaluation.conditional.limits import limited
from calobench.evaluation.conditional.outliers import OutlierRule
from calobench.evaluation.conditional.same_noise import same_noise
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.results.quality import CountMetric, Kind
from calobench.stats.duplicates import duplicate_distance, has_earlier_duplicate
from calobench.stats.neighbours import nearest_distance

__all__ = ["Counter"]

Array = NDArray[np.float64]


# Of the distance between typical neighbours: among N showers with d independent numbers about
# N * 0.1^d are that close by chance, and profiles hold about ten. A shower that was scaled or turned
# around its axis has the same profiles in depth and radius, and is a duplicate too.
CLOSE = 0.1

MAX_SHOWERS = 2000
"""All pairs are looked at: more showers than this are thinned evenly."""


class Counter:
    """Counts showers of samples; those of the reference are counted once.

    Args:
        yardstick: the reference.
        key: numbers of the columns that tell an outlier, (K,).
    """

    def __init__(self, yardstick: Yardstick, key: list[int]) -> None:
        self._yardstick = yardstick
        self._key = key
        names = [column.name for column in yardstick.columns]
        self._response = names.index("response") if "response" in names else None

    def metrics(self, sample: Sample) -> Iterator[CountMetric]:
        """All counts of a sample."""
        for k, column in enumerate(self._yardstick.rare):
            counts = [int(one.unusual[:, k].sum()) for one in (sample, self._yardstick.reference)]
            totals = len(sample), len(self._yardstick.reference)
            yield _count(f"{column.name}.rare", "rare", *zip(counts, totals, strict=True))
        of_sample, of_reference = self._sample_counts(sample), self._reference_counts
        for name, count in of_sample.items():
            metric = _count(f"sample.{name}", "sample", count, of_reference[name])
            yield metric.model_copy(update=self._declared.get(name, {}))

    @cached_property
    def _declared(self) -> dict[str, dict[str, object]]:
        """Declarations of counts, beyond their numbers."""
        possible = empty_fraction(self._yardstick.detector)
        return {
            "empty": {"kind": "empty", "failure": True, "possible": possible},
            "response_outliers": {"failure": True},
            **{name: {"growing": True} for name in ("repeated", "same_noise", "copies")},
        }

    def _sample_counts(self, sample: Sample) -> dict[str, tuple[int, int]]:
        """Showers with a property, and showers looked at, by name of the property."""
        reference = self._yardstick.reference
        itself, noise = sample is reference, same_noise(sample)
        counts = {"empty": (int(sample.empty.sum()), len(sample))}
        if self._response is not None:
            failed = response_failed(sample.residuals[:, self._response])
            counts["response_outliers"] = (int(failed.sum()), len(sample))
        return counts | {
            "outliers": (int(self._outliers(sample.residuals[:, self._key]).sum()), len(sample)),
            "repeated": _repeated(sample.shape[~sample.empty], self._duplicate_distance),
            "same_noise": (0 if noise is None else noise.n, len(sample)),
            "copies": _copied(
                sample.shape[~sample.empty],
                None if itself else reference.shape[~reference.empty],
                self._duplicate_distance,
            ),
        }

    @cached_property
    def _reference_counts(self) -> dict[str, tuple[int, int]]:
        return self._sample_counts(self._yardstick.reference)

    @cached_property
    def _outliers(self) -> OutlierRule:
        return OutlierRule.fit(limited(self._yardstick.reference.residuals[:, self._key]))

    @cached_property
    def _duplicate_distance(self) -> float:
        return duplicate_distance(_thinned(self._yardstick.reference.shape), CLOSE)


def _repeated(shape: Array, distance: float) -> tuple[int, int]:
    """Showers that have an earlier duplicate, and showers looked at."""
    kept = _thinned(shape)
    if len(kept) < 2 or kept.shape[1] == 0:
        return 0, len(kept)
    return int(has_earlier_duplicate(kept, distance).sum()), len(kept)


def _copied(shape: Array, reference: Array | None, distance: float) -> tuple[int, int]:
    """Showers that have a duplicate in the reference (None: among the others), and showers looked at."""
    kept = _thinned(shape)
    others = kept if reference is None else _thinned(reference)
    if min(len(kept), len(others)) < 2 or kept.shape[1] == 0:
        return 0, len(kept)
    nearest = nearest_distance(kept, None if reference is None else others)
    return int((nearest <= distance).sum()), len(kept)


def _thinned(shape: Array) -> Array:
    step = -(-len(shape) // MAX_SHOWERS)
    return shape[:: max(step, 1)]


def _count(
    name: str, kind: Kind, sample: tuple[int, int], reference: tuple[int, int]
) -> CountMetric:
    columns = (name.removesuffix(".rare"),) if kind == "rare" else ()
    return CountMetric(
        name=name,
        kind=kind,
        columns=columns,
        count=sample[0],
        n=sample[1],
        reference_count=reference[0],
        n_reference=reference[1],
    )
