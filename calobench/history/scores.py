"""The main scores of a run: what a history follows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from calobench._util.foreign import foreign_code
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.history.record import DISTANCE
from calobench.results.distance import mean_distance
from calobench.results.main_score import MainScore
from calobench.results.schema import Results

__all__ = ["main_scores"]


def main_scores(results: Results) -> tuple[MainScore, ...]:
    """Mean distance, response and resolution, scores of all observables together, and those of benchmarks.

    Args:
        results: of a run.

    Raises:
        PluginError: a benchmark of another package fails.
    """
    return (*_distance(results), *_energy(results), *_together(results), *_benchmarks(results))


def _distance(results: Results) -> Iterator[MainScore]:
    distance = mean_distance(results)
    if distance is not None:
        yield MainScore(
            name=DISTANCE, label="mean distance over what chance stays under", value=distance.value,
            error=distance.error,
        )  # fmt: skip


def _energy(results: Results) -> Iterator[MainScore]:
    for one in results.energy_dependence.averages:
        ratio = math.exp(one.log_ratio)
        yield MainScore(
            name=one.quantity,
            label=f"{one.quantity}, model / Geant4 − 1",
            unit="%",
            value=100 * math.expm1(one.log_ratio),
            error=100 * ratio * one.error,
            agrees=0.0,
            worse="both",
        )


def _together(results: Results) -> Iterator[MainScore]:
    together = results.multivariate
    if together is None:
        return
    for score in together.scores:
        yield MainScore.of(score)
    worth = together.equivalent
    if worth is not None:
        high = worth.high
        yield MainScore(
            name="equivalent",
            label="independent Geant4 showers that the sample is worth",
            value=worth.showers,
            # Where it is "at least so many" its upper end, and so its error, is not known.
            error=None if high is None else (high - worth.low) / 2,
            worse="low",
        )


def _benchmarks(results: Results) -> Iterator[MainScore]:
    for name, record in results.benchmarks.items():
        benchmark = all_benchmarks().get(name)
        if benchmark is not None and benchmark.scores is not None:
            with foreign_code(f"the benchmark '{name}'", benchmark.scores):
                yield from benchmark.scores(results, record)
