"""The table of the main observables: those, and the scores, that declare to be shown in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.results.schema import Results, Score
    from calobench.results.scores import ScoreRecord
    from calobench.verdict.observables import Judged

__all__ = ["scores_table"]


def scores_table(results: Results) -> Table:
    """One row per observable: all that is known of the score that judges it, and the other scores.

    Args:
        results: of a run.
    """
    from rich import box
    from rich.table import Table

    from calobench.results.scores import declared_scores
    from calobench.verdict.observables import judge

    table = Table(
        title=f"{results.model.name} on {results.detector.name}: {results.run.n} showers against "
        f"{results.reference.n} of Geant4",
        caption="σ: standard deviations of Geant4; null: 95 % quantile of samples that agree; q: false "
        "discovery rate; 80%: shift detected with this probability; *: differs, ?: may",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    declared = declared_scores(results)
    first = next((score for score in declared if score.judges is not None), None)
    others = [score for score in declared if score.terminal and score is not first]
    headings = ["score" if first is None else first.heading, "±", "null", "p", "q", "80%"]
    for score in others:
        headings += [score.heading, "p"]
    table.add_column("observable")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in judge(results):
        if one.observable.terminal:
            table.add_row(one.observable.label, *_cells(one, others))
    return table


def _cells(judged: Judged, others: Sequence[ScoreRecord]) -> list[str]:
    from calobench.verdict.observables import Status, score_named

    mark = {Status.COMPATIBLE: " ", Status.BORDERLINE: "?", Status.DIFFERS: "*"}[judged.status]
    score = judged.score
    seen = score.minimum_detectable
    cells = [
        f"{score.value:.2g}",
        "-" if score.known_error is None else f"{score.known_error:.1g}",
        f"{score.null_95:.2g}",
        _p_value(score.p_value),
        "" if score.q_value is None else f"{_p_value(score.q_value)}{mark}",
        "" if seen is None else f"{seen:.2g}",
    ]
    for other in others:
        cells += _value_and_p(score_named(judged.observable, other.name))
    return cells


def _value_and_p(score: Score | None) -> tuple[str, str]:
    if score is None:
        return "", ""
    return f"{score.value:.3g}", _p_value(score.p_value)


def _p_value(p: float) -> str:
    return f"{p:.2f}" if p >= 0.005 else f"{p:.3f}" if p >= 0.0005 else "<.001"
