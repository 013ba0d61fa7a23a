"""Printing of commands: whatever a user or a file named is shown as text and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calobench._util.visible import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleRenderable
    from rich.table import Table

__all__ = ["echo", "make_console", "show_table"]


def echo(text: str, *, err: bool = False) -> None:
    """Print lines, without any effect of what stands in them."""
    click.echo(visible(text), err=err)


def make_console(*, stderr: bool = False) -> Console:
    """A console for tables and lines: no markup, emoji or highlighting in what it is given."""
    from rich.console import Console, ConsoleOptions, RenderHook, RenderResult
    from rich.segment import Segment

    class Shown:
        """Something to print whose characters are all visible."""

        def __init__(self, what: ConsoleRenderable) -> None:
            self._what = what

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for text, style, control in console.render(self._what, options):
                # Control segments are rich's own, of a moving bar.
                yield Segment(text if control else visible(text), style, control)

    class Shows(RenderHook):
        def process_renderables(
            self, renderables: list[ConsoleRenderable]
        ) -> list[ConsoleRenderable]:
            return [Shown(one) for one in renderables]

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    console.push_render_hook(Shows())
    return console


def show_table(console: Console, table: Table) -> None:
    """Print a table whose numbers are all whole.

    Columns that may wrap do so first. If that is not enough, lines become longer than the terminal is
    wide: half of a number would be another number.

    Args:
        console: from :func:`make_console`.
        table: columns of numbers have ``no_wrap``.
    """
    width, needed = console.width, _narrowest(console, table)
    if needed > width:
        console.width = needed
    try:
        console.print(table)
    finally:
        console.width = width


def _narrowest(console: Console, table: Table) -> int:
    from rich.measure import Measurement

    left, right = table.padding[3], table.padding[1]
    cells = 0
    for column in table.columns:
        sizes = [
            Measurement.get(console, console.options.update(width=1000), cell)
            for cell in (column.header, *column.cells)
        ]
        cells += max(size.maximum if column.no_wrap else size.minimum for size in sizes)
    edges = 0 if table.box is None else len(table.columns) + 1
    return cells + len(table.columns) * (left + right) + edges
