"""The heat table: effect and significance of every observable in every model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from calobench.report import text
from calobench.report.comparison.charts import Axis
from calobench.report.comparison.runs import Runs
from calobench.report.comparison.scores import score_rows
from calobench.report.summary import average_ratio
from calobench.results.multivariate import MultivariateScore
from calobench.results.schema import Results, Score
from calobench.results.scores import ScoreRecord, declared_scores, judging_score, score_record
from calobench.verdict.decision import Decision, decide
from calobench.verdict.marks import status_of
from calobench.verdict.observables import Judged, Status

__all__ = ["BOUNDS", "HeatCell", "HeatRow", "HeatTable", "heat_table"]

BOUNDS = (0.05, 0.1, 0.2, 0.5)
"""Effects, in standard deviations of Geant4, at which the colour becomes stronger."""

_WIDTHS = "σ"


class HeatCell(NamedTuple):
    """One observable in one model.

    Attributes:
        value: effect with its error, as text.
        beside: null and p-value, as text.
        heat: strength of the colour, 0 where the effect is no larger than what chance stays under, to 4;
            None where effects of this kind have no scale.
        status: what follows, with all observables taken together.
        sort: a number that orders cells of a column.
    """

    value: str
    beside: str
    heat: int | None
    status: Status | None
    sort: float | None


class HeatRow(NamedTuple):
    """One observable.

    Attributes:
        name: of it; '' where it has no chart.
        label: of it.
        family: heading that it stands below.
        cells: in the order of the runs.
    """

    name: str
    label: str
    family: str
    cells: tuple[HeatCell, ...]


class HeatTable(NamedTuple):
    """All of it.

    Attributes:
        score: title of the score that judges observables.
        runs: names of the runs.
        rows: of all scores together first, then observables.
    """

    score: str
    runs: tuple[str, ...]
    rows: tuple[HeatRow, ...]


_NOTHING = HeatCell("–", "", None, None, None)


def heat_table(runs: Runs) -> HeatTable:
    """Every score that judges, in every run."""
    decisions = tuple(decide(run.results) for run in runs.runs)
    results = [run.results for run in runs.runs]
    rows = [*_energy(results, decisions), *_together(decisions), *_observables(results, decisions)]
    score = judging_score(declared_scores(results[0]))
    names = tuple(run.name for run in runs.runs)
    return HeatTable(Axis(score.title, score.unit).title, names, tuple(rows))


def _energy(results: Sequence[Results], decisions: Sequence[Decision]) -> Iterator[HeatRow]:
    for quantity in ("response", "resolution"):
        cells = []
        for one, decision in zip(results, decisions, strict=True):
            ratio = average_ratio(one.energy_dependence, quantity)
            part = decision.part("energy")
            if ratio is None:
                cells.append(_NOTHING)
                continue
            differs = part is not None and part.ratio_objects(quantity)
            cells.append(
                HeatCell(
                    text.percent(ratio.value - 1, ratio.error, signed=True),
                    f"{abs(ratio.value - 1) / ratio.error:.1f} errors" if ratio.error > 0 else "",
                    None,
                    Status.DIFFERS if differs else Status.COMPATIBLE,
                    abs(ratio.value - 1),
                )
            )
        label = f"{quantity}, model / Geant4 − 1"
        yield HeatRow(f"{quantity}_against_energy", label, "whole sample", tuple(cells))


def _together(decisions: Sequence[Decision]) -> Iterator[HeatRow]:
    scored: list[dict[str, tuple[MultivariateScore, float]]] = []
    for decision in decisions:
        of_run = {s.name: (s, part.level) for part in decision.parts for s in part.scores}
        scored.append(of_run)
    labels = {name: score.label for of_run in scored for name, (score, _) in of_run.items()}
    for name, label in labels.items():
        cells = [_score_cell(*of_run[name]) if name in of_run else _NOTHING for of_run in scored]
        yield HeatRow("", label, "all observables together", tuple(cells))


def _score_cell(score: MultivariateScore, level: float) -> HeatCell:
    low, high = score.null_interval
    status = status_of(score.p_value, score.family_p_value, level)
    return HeatCell(
        text.measured(score.value, score.error),
        f"null {text.number(low, 2)} to {text.number(high, 2)}",
        None,
        status,
        score.value,
    )


def _observables(results: Sequence[Results], decisions: Sequence[Decision]) -> Iterator[HeatRow]:
    for row in score_rows(tuple(decisions)):
        cells = [
            _NOTHING if judged is None else _cell(one, judged)
            for one, judged in zip(results, row.judged, strict=True)
        ]
        yield HeatRow(row.name, row.label, row.family, tuple(cells))


def _heat(score: Score) -> int:
    if score.value <= score.null_95:
        return 0
    return sum(score.value >= bound for bound in BOUNDS)


def _cell(results: Results, judged: Judged) -> HeatCell:
    score = judged.score
    declared: ScoreRecord = score_record(results, score.name)
    p_value = text.p_value(score.p_value, results.run.null_replicas)
    return HeatCell(
        text.measured(score.value, score.known_error),
        f"95 % null {text.number(score.null_95, 2)}, p {p_value}",
        _heat(score) if declared.unit == _WIDTHS else None,
        judged.status,
        score.value,
    )
