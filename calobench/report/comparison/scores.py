"""The scores of several runs, observable by observable."""

from __future__ import annotations

from typing import NamedTuple

from calobench.verdict.decision import Decision
from calobench.verdict.observables import Judged

__all__ = ["ScoreRow", "score_rows"]


class ScoreRow(NamedTuple):
    """One observable and what the score says of it in each run.

    Attributes:
        name: of the observable.
        label: likewise.
        family: likewise.
        judged: in the order of the runs; None where a run does not have it.
    """

    name: str
    label: str
    family: str
    judged: tuple[Judged | None, ...]


def score_rows(decisions: tuple[Decision, ...]) -> tuple[ScoreRow, ...]:
    """Every observable that was scored in one of the runs.

    Args:
        decisions: of the runs.
    """
    by_run = [{one.observable.name: one for one in decision.judged} for decision in decisions]
    names = dict.fromkeys(name for judged in by_run for name in judged)
    rows = []
    for name in names:
        judged = tuple(one.get(name) for one in by_run)
        observable = next(one.observable for one in judged if one is not None)
        rows.append(ScoreRow(name, observable.label, observable.family, judged))
    return tuple(rows)
