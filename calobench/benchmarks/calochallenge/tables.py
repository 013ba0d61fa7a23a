"""Tables of several runs of the CaloChallenge's protocol, beside the published ones."""

from __future__ import annotations

from calobench.benchmarks.calochallenge.position import (
    GEANT4,
    Measure,
    own_measures,
    positions,
    published_measures,
)
from calobench.benchmarks.calochallenge.published import published_table
from calobench.benchmarks.calochallenge.record import CaloChallengeResults
from calobench.benchmarks.calochallenge.several import ChallengeRuns
from calobench.report.publication.tables import Cell, Measured, Table
from calobench.report.text import grouped
from calobench.verdict.marks import marked

__all__ = ["measure_table", "position_table"]


def measure_table(runs: ChallengeRuns) -> Table:
    """The quantities of the published tables, of every run, of Geant4 and of the best submission."""
    published = published_table(runs.runs[0].results.dataset)
    submissions = {one.name: published_measures(one) for one in published.models}
    geant4 = submissions.pop(GEANT4, {})
    own = [own_measures(run.results) for run in runs.runs]
    marked = [_differing(run.results) for run in runs.runs]
    rows = []
    for metric in dict.fromkeys(name for measures in own for name in measures):
        others = [one[metric] for one in submissions.values() if metric in one]
        cells = [
            _cell(measures.get(metric), marked=metric in differs)
            for measures, differs in zip(own, marked, strict=True)
        ]
        best = min(others, key=lambda one: one.value, default=None)
        rows.append((metric, *cells, _cell(geant4.get(metric)), _cell(best)))
    sizes = ", ".join(f"{run.name} {grouped(run.results.generated.n)}" for run in runs.runs)
    return Table(
        "calochallenge",
        f"{runs.title}: FPD, KPD and separation powers times 1000, areas under the ROC curve (AUC) with the "
        f"spread of trainings. Showers: {sizes}. Published: {published.paper}; they hold for the challenge's "
        "own samples. *: p at most 0.05 against showers that are exchanged.",
        (("", 1), ("runs", len(runs.runs)), ("published", 2)),
        ("quantity", *(run.name for run in runs.runs), "Geant4", "best submission"),
        tuple(rows),
    )


def position_table(runs: ChallengeRuns) -> Table:
    """The places of every run among the submissions."""
    published = published_table(runs.runs[0].results.dataset)
    words = [
        {one.metric: one.words for one in positions(run.results, published)} for run in runs.runs
    ]
    metrics = dict.fromkeys(metric for places in words for metric in places)
    return Table(
        "positions",
        f"{runs.title}: place of each run among the submissions of {published.paper}, smaller values being "
        "better; those within two errors are not told apart. Of separation powers what Geant4 gives against "
        "itself at each number of showers is taken off first.",
        (),
        ("quantity", *(run.name for run in runs.runs)),
        tuple((metric, *(places.get(metric) for places in words)) for metric in metrics),
    )


def _differing(results: CaloChallengeResults) -> set[str]:
    rows = {
        row.name
        for row in results.rows
        if row.as_published is not None and marked(row.as_published.p_value)
    }
    return rows | {f"AUC {one.name}" for one in results.classifiers if marked(one.p_value)}


def _cell(measure: Measure | None, *, marked: bool = False) -> Cell:
    return None if measure is None else Measured(measure.value, measure.error, marked)
