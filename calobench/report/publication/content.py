"""The tables of a paper: scores of all observables, and what is known of each run as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from calobench.report.comparison.charts import Axis
from calobench.report.comparison.runs import Runs
from calobench.report.comparison.scores import score_rows
from calobench.report.publication.tables import Cell, Measured, Table, plain_cell
from calobench.report.summary import average_ratio
from calobench.report.text import grouped
from calobench.results.multivariate import headline_scores
from calobench.results.schema import Results
from calobench.results.scores import declared_scores, judging_score
from calobench.verdict import verdict_of
from calobench.verdict.decision import Decision, decide
from calobench.verdict.observables import Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["score_frame", "score_table", "summary_table"]


def score_table(runs: Runs) -> Table:
    """The score that judges every observable, beside the 95 % quantile of its null."""
    score_of = judging_score(declared_scores(runs.runs[0].results))
    decisions = tuple(decide(run.results) for run in runs.runs)
    rows = []
    for row in score_rows(decisions):
        cells: list[Cell] = [row.label]
        for judged in row.judged:
            if judged is None or judged.score.name != score_of.name:
                cells += [None, None]
                continue
            score = judged.score
            differs = judged.status is Status.DIFFERS
            cells += [
                Measured(score.value, score.known_error, differs),
                Measured(score.null_95, digits=2),
            ]
        rows.append(tuple(cells))
    showers = ", ".join(f"{run.name} {grouped(run.results.run.n)}" for run in runs.runs)
    return Table(
        "scores",
        f"{score_of.title} between model and Geant4 on {runs.title}{_unit(score_of.unit)}, with the "
        "bootstrap error of both samples, and the 95 % quantile for samples of these sizes that agree. "
        f"Showers: {showers}; {_reference(runs)} of Geant4. *: the observable differs (family-wise).",
        (("", 1), *((run.name, 2) for run in runs.runs)),
        ("observable", *(Axis(score_of.title, score_of.unit).title, "null 95 %") * len(runs.runs)),
        tuple(rows),
    )


def score_frame(runs: Runs) -> pd.DataFrame:
    """The same in a notebook: rows of observables, a column per model, errors rounded."""
    import pandas as pd

    table = score_table(runs)
    rows = {
        plain_cell(name): [plain_cell(cell) for cell in cells[::2]] for name, *cells in table.rows
    }
    columns = [run.name for run in runs.runs]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def summary_table(runs: Runs) -> Table:
    """A row per quantity of the whole sample."""
    measured = [dict(_quantities(run.results)) for run in runs.runs]
    names = dict.fromkeys(name for one in measured for name in one)
    rows = [(name, *(one.get(name) for one in measured)) for name in names]
    return Table(
        "summary",
        f"Models on {runs.title} against {_reference(runs)} showers of Geant4. *: differs from what "
        "samples that agree give.",
        (),
        ("quantity", *(run.name for run in runs.runs)),
        tuple(rows),
    )


def _unit(unit: str) -> str:
    return " in standard deviations of Geant4" if unit == "σ" else f" in {unit}" if unit else ""


def _reference(runs: Runs) -> str:
    return ", ".join(dict.fromkeys(grouped(run.results.reference.n) for run in runs.runs))


def _quantities(results: Results) -> Iterator[tuple[str, Cell]]:
    decision = decide(results)
    yield "showers", grouped(results.run.n)
    yield "verdict", verdict_of(results).level.value
    yield "observables that differ", _differing(decision)
    energy = decision.part("energy")
    for quantity in ("response", "resolution"):
        average = average_ratio(results.energy_dependence, quantity)
        if average is not None:
            marked = energy is not None and energy.ratio_objects(quantity)
            yield f"{quantity}, model / Geant4", Measured(average.value, average.error, marked)
    headline = {score.name for score in headline_scores(results)}
    for part in decision.parts:
        for score in part.scores:
            if not score.in_family or score.name in headline:
                yield score.label, Measured(score.value, score.error, score.p_value <= part.level)
    if results.model.nfe is not None:
        yield "network evaluations", grouped(results.model.nfe)
    if results.model.parameters is not None:
        yield "parameters", grouped(results.model.parameters)


def _differing(decision: Decision) -> str:
    return f"{len(decision.with_status(Status.DIFFERS))} of {len(decision.judged)}"
