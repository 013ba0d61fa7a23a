"""Counts hits while the showers of a run pass by."""

from __future__ import annotations

import math

import numpy as np

from calobench._util.progress import Progress
from calobench.results.quality import EstimateMetric
from calobench.showers import Showers
from calobench_stranger.hit_count.record import HitCount

__all__ = ["HitCounter"]

_THRESHOLD_MEV = 0.1


class _Mean:
    """Mean and its error from sums, so that no shower is kept."""

    def __init__(self) -> None:
        self.n, self._sum, self._squares = 0, 0, 0

    def add(self, showers: Showers) -> None:
        hits = (showers.energy > _THRESHOLD_MEV).sum(axis=(1, 2, 3), dtype=np.int64)
        self.n += len(hits)
        self._sum += int(hits.sum())
        self._squares += int((hits**2).sum())

    @property
    def value(self) -> float:
        return self._sum / self.n

    @property
    def error(self) -> float:
        return math.sqrt(max(self._squares / self.n - self.value**2, 0.0) / self.n)


class HitCounter:
    """Sees every shower of both samples once."""

    def __init__(self) -> None:
        self._reference, self._model = _Mean(), _Mean()

    def look_reference(self, chunk: Showers) -> None:
        """Count the next chunk of the reference."""
        self._reference.add(chunk)

    def look_model(self, chunk: Showers) -> None:
        """Count the next chunk of the model's sample."""
        self._model.add(chunk)

    def measure(self, progress: Progress) -> HitCount:
        """The record of the benchmark."""
        mean = EstimateMetric(
            name="hit_count.mean",
            kind="hits",
            columns=(),
            value=self._model.value,
            error=self._model.error,
            n=self._model.n,
            reference=self._reference.value,
            reference_error=self._reference.error,
            n_reference=self._reference.n,
        )
        return HitCount(threshold_mev=_THRESHOLD_MEV, n=self._model.n, columns=(), metrics=(mean,))
