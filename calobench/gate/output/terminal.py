"""The report on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from calobench.gate.output.wording import (
    HOW_TO_READ,
    amount,
    distance,
    headline,
    how_sure,
    ranked,
    reasons,
    seen,
    sides,
    unit,
)
from calobench.results.gate import Change, GateReport, Status

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["MAX_ROWS", "terminal_lines", "terminal_tables"]

MAX_ROWS = 12

_TITLES: dict[Status, str] = {
    "worse": "What got worse",
    "unconfirmed": "What looked worse, and was not confirmed",
    "better": "What got better",
}


def terminal_tables(report: GateReport, *, everything: bool = False) -> Iterator[Table]:
    """Tables of what got worse and better; all metrics if asked; the headline where nothing changed.

    Args:
        report: of the gate.
        everything: list every metric.
    """
    if not report.changes:
        return
    if everything:
        yield _table("All metrics", sorted(report.changes, key=lambda change: change.p_adjusted))
        return
    for status, title in _TITLES.items():
        rows = ranked(report.changes, status)
        if rows:
            more = f" (the surest {MAX_ROWS} of {len(rows)})" if len(rows) > MAX_ROWS else ""
            yield _table(title + more, rows[:MAX_ROWS])
    main = [change for change in report.changes if change.headline and change.status != "worse"]
    if report.verdict == "PASS" and main:
        yield _table("The main metrics", main, seen_column=True)


def terminal_lines(report: GateReport) -> Iterator[str]:
    """Statements below the tables, the verdict last."""
    if report.changes:
        yield HOW_TO_READ
    if report.changes or any(part.identical for part in report.parts):
        yield sides(report)
    if report.gaps:
        names = ", ".join(gap.name for gap in report.gaps[:3])
        more = f" and {len(report.gaps) - 3} more" if len(report.gaps) > 3 else ""
        yield f"not compared: {names}{more} ({report.gaps[0].reason})"
    yield from (f"no verdict on the {reason}" for reason in reasons(report, deciding=False))
    if report.escalation is not None and report.escalation.remark:
        yield f"escalation: {report.escalation.remark}"
    if report.model_verdict:
        yield f"the model itself: {report.model_verdict}"
    yield headline(report)
    if report.remedy:
        yield f"to compare the next run with this one:  {report.remedy}"


def _table(title: str, changes: Sequence[Change], *, seen_column: bool = False) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("metric", overflow="fold")
    for heading in ("before", "after", "", "change", "p", "seen" if seen_column else "plot"):
        table.add_column(heading, justify="left" if heading == "" else "right", no_wrap=True)
    for change in changes:
        anchor = f"#{change.plot.split('#')[-1]}" if change.plot else ""
        table.add_row(
            change.name,
            distance(change, before=True),
            distance(change, before=False),
            unit(change),
            amount(change),
            how_sure(change),
            seen(change) if seen_column else anchor,
        )
    if seen_column:
        table.caption = "seen: a change that would have been detected with a probability of 99 %"
    elif any(change.plot for change in changes):
        table.caption = "plot: the place in report.html that shows the observable"
    return table
