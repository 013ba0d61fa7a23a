"""Pairs of models: which of two is nearer to Geant4, in what, and how sure that is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from calobench.gate import Policy, judge
from calobench.gate.output.wording import distance, how_sure, ranked, unit
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.results.gate import Change

__all__ = ["DifferenceRow", "DifferenceTable", "Standing", "difference_tables", "standings"]

# Differences that are shown of each pair, the surest first.
_MAX_ROWS = 12
# Whether two models differ may be asked of small samples too: they only see less.
_POLICY = Policy(min_showers=50)


class DifferenceRow(NamedTuple):
    """One quantity of two models.

    Attributes:
        label: of the quantity.
        first: distance of the first model to Geant4, with its error, as text.
        second: likewise.
        p_value: of the difference, as text.
        nearer: name of the model that is nearer to Geant4; '' where that cannot be told.
    """

    label: str
    first: str
    second: str
    p_value: str
    nearer: str


class DifferenceTable(NamedTuple):
    """Two models.

    Attributes:
        first: name.
        second: name.
        sentence: what follows, in words.
        rows: quantities, the surest differences first.
    """

    first: str
    second: str
    sentence: str
    rows: tuple[DifferenceRow, ...]


class Standing(NamedTuple):
    """In how many metrics a model is nearer to Geant4 than another, and in how many farther."""

    nearer: int
    farther: int
    compared: int


def difference_tables(runs: Runs) -> Iterator[DifferenceTable]:
    """Every model against the first one.

    All metrics are at fixed energy and angles of the incident particle, and the reference is common to both:
    its fluctuations, and those of the conditions, cancel in the difference.

    Args:
        runs: of one reference; nothing is said of others.
    """
    first, *others = runs.runs
    for other in others if runs.one_reference else ():
        yield _table(first, other)


def standings(runs: Runs) -> dict[tuple[str, str], Standing]:
    """Of every pair of models, by their names."""
    standings_by_pair: dict[tuple[str, str], Standing] = {}
    for first, second in itertools.combinations(runs.runs, 2) if runs.one_reference else ():
        changes, _ = _changes(first, second)
        if changes:
            better = sum(one.status == "better" for one in changes)
            worse = sum(one.status == "worse" for one in changes)
            standings_by_pair[first.name, second.name] = Standing(worse, better, len(changes))
            standings_by_pair[second.name, first.name] = Standing(better, worse, len(changes))
    return standings_by_pair


def _changes(first: ComparedRun, second: ComparedRun) -> tuple[Sequence[Change], str]:
    """The metrics of both, and why there are none."""
    report = judge(second.results, first.results, _POLICY)
    quality = next(part for part in report.parts if part.name == "quality")
    if quality.verdict == "NO VERDICT":
        return (), "; ".join(quality.reasons)
    return report.changes, ""


def _table(first: ComparedRun, second: ComparedRun) -> DifferenceTable:
    changes, reason = _changes(first, second)
    if not changes:
        words = f"{first.name} and {second.name} cannot be compared in their metrics: {reason}."
        return DifferenceTable(first.name, second.name, words, ())
    by_status = {
        second.name: ranked(changes, "better"),
        first.name: ranked(changes, "worse"),
        "": [*ranked(changes, "small"), *ranked(changes, "unchanged")],
    }
    rows = [
        DifferenceRow(
            _label(change),
            _with_unit(change, before=True),
            _with_unit(change, before=False),
            how_sure(change),
            nearer,
        )
        for nearer, those in by_status.items()
        for change in those
        if nearer or change.headline
    ]
    rows.sort(key=lambda row: not row.nearer)
    sentence = _sentence(first.name, second.name, by_status, len(changes))
    return DifferenceTable(first.name, second.name, sentence, tuple(rows[:_MAX_ROWS]))


def _sentence(first: str, second: str, by_status: dict[str, list[Change]], compared: int) -> str:
    nearer = {name: len(by_status[name]) for name in (first, second)}
    if not any(nearer.values()):
        return (
            f"Of {compared} metrics none tells {first} from {second} with samples of these sizes."
        )
    parts = [f"{name} is nearer to Geant4 in {count}" for name, count in nearer.items() if count]
    return f"Of {compared} metrics, {' and '.join(parts)}; the others cannot be told apart."


def _label(change: Change) -> str:
    kind = change.kind.replace("_", " ")
    return f"{change.label}, {kind}" if change.label else change.name.replace("_", " ")


def _with_unit(change: Change, *, before: bool) -> str:
    words = distance(change, before=before).replace("±", " ± ").replace("-", "\N{MINUS SIGN}")
    return f"{words} {unit(change)}".rstrip()
