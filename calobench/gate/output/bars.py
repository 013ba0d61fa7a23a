"""The main metrics before and after as bars: of letters, for a comment that can hold no picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from calobench.gate.output.wording import distance, ranked, unit
from calobench.results.gate import Change, GateReport

__all__ = ["Bar", "bar_lines", "bars_of"]

_MAX_BARS = 6
_WIDTH, _MAX_LETTERS = 24, 22
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Bar(NamedTuple):
    """A metric.

    Attributes:
        label: of it.
        status: of the change.
        before: distance to Geant4, of the longest of all bars.
        after: likewise.
        words_before: the distance with error and unit.
        words_after: likewise.
    """

    label: str
    status: str
    before: float
    after: float
    words_before: str
    words_after: str


def bars_of(report: GateReport) -> tuple[Bar, ...]:
    """Bars of what is worse, then of the main metrics, in units of what matters: one scale for all.

    Args:
        report: of the gate.
    """
    worse = ranked(report.changes, "worse")
    main = [one for one in report.changes if one.headline and one not in worse]
    chosen = [one for one in (*worse, *main) if one.floor > 0][:_MAX_BARS]
    longest = max(
        (abs(side) / one.floor for one in chosen for side in (one.before, one.after)), default=0.0
    )
    return tuple(_bar(one, longest) for one in chosen) if longest > 0 else ()


def bar_lines(report: GateReport) -> Iterator[str]:
    """Two lines per metric: before and after."""
    bars = bars_of(report)
    width = max((len(one.label) for one in bars), default=0)
    for one in bars:
        yield f"{one.label:<{width}}  before {_letters(one.before)} {one.words_before}"
        mark = "  ◀ worse" if one.status == "worse" else ""
        yield f"{'':<{width}}  after  {_letters(one.after)} {one.words_after}{mark}"


def _bar(change: Change, longest: float) -> Bar:
    what = " ".join((change.label or change.observable or change.name).split())
    if len(what) > _MAX_LETTERS:
        what = f"{what[: _MAX_LETTERS - 1]}…"
    label = f"{what}, {change.kind.replace('_', ' ')}"
    before, after = (
        f"{distance(change, before=side)} {unit(change)}".rstrip() for side in (True, False)
    )
    size, size_after = (
        abs(side) / change.floor / longest for side in (change.before, change.after)
    )
    return Bar(label, change.status, size, size_after, before, after)


def _letters(part: float) -> str:
    whole, rest = divmod(round(8 * _WIDTH * part), 8)
    return f"{'█' * whole}{_EIGHTHS[rest] if rest else ''}".ljust(_WIDTH)
