"""The report as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from calobench._util.visible import visible
from calobench.gate.output.bars import bar_lines
from calobench.gate.output.wording import (
    HOW_TO_READ,
    amount,
    distance,
    headline,
    how_sure,
    ranked,
    reasons,
    sides,
    unit,
)
from calobench.results.gate import Change, GateReport

__all__ = ["MARKER", "to_markdown"]

MARKER = "<!-- calobench gate -->"
"""First line: a bot finds its earlier comment by it, and edits that instead of adding another."""

_MAX_ROWS = 20
_SYMBOLS = {"PASS": "✅", "REGRESSION": "❌", "NO VERDICT": "⚪"}


def to_markdown(report: GateReport) -> str:
    """A heading, what got worse, and the rest folded away."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: GateReport) -> Iterator[str]:
    yield MARKER
    yield f"### {_SYMBOLS[report.verdict]} calobench gate: {report.verdict}"
    yield ""
    yield f"**Against the baseline:** {_escaped(headline(report))}."
    if report.model_verdict:
        yield ""
        yield f"**The model itself:** {_escaped(report.model_verdict)}"
    for reason in reasons(report, deciding=False):
        yield f"No verdict on the {_escaped(reason)}."
    if report.remedy:
        yield ""
        yield f"To compare the next run with this one: {_code(report.remedy)}"
    bars = list(bar_lines(report))
    if bars:
        yield ""
        yield from _block(bars)
    worse, better = ranked(report.changes, "worse"), ranked(report.changes, "better")
    if worse:
        yield ""
        yield from _table(worse)
    unconfirmed = ranked(report.changes, "unconfirmed")
    if unconfirmed:
        yield from _folded(f"{len(unconfirmed)} not confirmed", list(_table(unconfirmed)))
    if better:
        yield from _folded(f"{len(better)} better", list(_table(better)))
    main = [change for change in report.changes if change.headline]
    if main and not worse:
        yield from _folded("The main metrics", list(_table(main)))
    if report.gaps:
        rows = [f"- {_code(gap.name)}: {_escaped(gap.reason)}" for gap in report.gaps]
        yield from _folded(f"{len(report.gaps)} not compared", rows)
    if report.changes:
        yield ""
        yield f"<sub>{HOW_TO_READ}</sub>"
    yield ""
    yield f"<sub>{_escaped(sides(report))}</sub>"


def _table(changes: Sequence[Change]) -> Iterator[str]:
    yield "| metric | observable | before | after | | change | p | plot |"
    yield "|---|---|--:|--:|---|--:|--:|---|"
    for change in changes[:_MAX_ROWS]:
        cells = (
            _code(change.name),
            _escaped(change.label),
            distance(change, before=True),
            distance(change, before=False),
            _escaped(unit(change)),
            _escaped(amount(change)),
            _escaped(how_sure(change)),
            _code(change.plot) if change.plot else "",
        )
        yield f"| {' | '.join(cells)} |"
    if len(changes) > _MAX_ROWS:
        yield ""
        yield f"… and {len(changes) - _MAX_ROWS} more."


def _block(lines: Sequence[str]) -> Iterator[str]:
    """Lines as they are, in letters of one width."""
    yield "<pre>"
    for line in lines:
        # Not everybody takes what stands there as it is.
        yield _harmless(html.escape(visible(line), quote=False)).replace("[", "&#91;")
    yield "</pre>"


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def _escaped(text: str) -> str:
    """Text from results, without any effect on the layout or on anybody who is named in it."""
    flat = html.escape(visible(" ".join(text.split())), quote=False)
    escaped = re.sub(r"([\\`*_{}\[\]|#~])", r"\\\1", flat)
    return _harmless(escaped)


def _harmless(text: str) -> str:
    """The text with a sign that nobody sees in what would otherwise call a person or link to a page."""
    return re.sub(r"@|://|(?<=www)\.", lambda match: f"{match[0]}\u200b", text)


def _code(text: str) -> str:
    """The same as code, whatever it holds."""
    flat = visible(" ".join(text.split()))
    if re.search("[`<|]", flat):
        return f"<code>{_escaped(text)}</code>"
    return f"`{flat}`"
