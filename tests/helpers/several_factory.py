"""Synthetic results of several models against one reference."""

from __future__ import annotations

from pathlib import Path

from results_factory import make_results

from calobench.report.comparison.runs import Runs, Source, compared
from calobench.results.schema import Results
from calobench.results.store import write_results

__all__ = ["make_run", "make_runs", "write_runs"]


def make_run(model: str, seed: int = 1, n: int = 400) -> Results:
    """Results of a model of that name."""
    results = make_results(n=n, seed=seed, events=0)
    return results.model_copy(update={"model": results.model.model_copy(update={"name": model})})


def make_runs(*models: str) -> Runs:
    """Results that may be compared."""
    return compared(
        [Source(make_run(name, seed), name, name) for seed, name in enumerate(models, 1)]
    )


def write_runs(folder: Path, *models: str) -> list[Path]:
    """The same, as files in folders of their own."""
    paths = []
    for seed, name in enumerate(models, 1):
        path = folder / name / "results.json"
        write_results(path, make_run(name, seed))
        paths.append(path)
    return paths
