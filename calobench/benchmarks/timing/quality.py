"""Distances of timed models from Geant4, from the results of their runs: the other axis of the field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calobench.benchmarks.timing.record import TimedQuality
from calobench.errors import ResultsError
from calobench.results.distance import mean_distance, scored_distances
from calobench.results.schema import Results
from calobench.results.store import read_results
from calobench.verdict.marks import marked

__all__ = ["quality_of", "read_quality"]


def read_quality(paths: Sequence[Path], detector: str) -> tuple[TimedQuality, ...]:
    """The quality of the models of some results files.

    Raises:
        ResultsError: a file cannot be read, is of another detector or without scores, or two are of
            the same model.
    """
    by_model: dict[str, TimedQuality] = {}
    for path in paths:
        results = read_results(path)
        if results.detector.name != detector:
            raise ResultsError(
                f"{path} holds results on {results.detector.name}, the timing is on {detector}; "
                "give results on the same detector"
            )
        quality = quality_of(results)
        if quality is None:
            raise ResultsError(f"{path} holds no scores with a null; run 'calobench run' again")
        if quality.model in by_model:
            raise ResultsError(f"{path} is a second file of '{quality.model}'; give one per model")
        by_model[quality.model] = quality
    return tuple(by_model.values())


def quality_of(results: Results) -> TimedQuality | None:
    """One number for a model: its mean distance from Geant4 in units of what cannot be seen.

    Every observable counts the same: the score that judges it over the 95 % quantile of its null, averaged.
    None where nothing was scored.
    """
    distance, scores = mean_distance(results), scored_distances(results)
    if distance is None:
        return None
    return TimedQuality(
        model=results.model.name,
        wasserstein_over_null=distance.value,
        compatible=float(np.mean([not marked(score.p_value) for score in scores])),
        observables=len(scores),
        n=results.run.n,
    )
