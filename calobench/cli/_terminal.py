"""What commands print: whatever a user or a file named is shown as text and does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calobench._util.visible import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleRenderable

__all__ = ["echo", "make_console"]


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
