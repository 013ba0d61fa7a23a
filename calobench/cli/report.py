"""``calobench report``: the HTML page of a results file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from calobench.cli._options import use_option
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

__all__ = ["command"]

# As in calobench.report.summary_sheet, which takes a second to load.
_SHEET_FORMATS = ("pdf", "png")


@click.command()
@click.argument("results", type=FilePath())
@click.option(
    "--out",
    type=FilePath(),
    help="Where the page goes.  [default: report.html beside RESULTS]",
)
@click.option(
    "--summary",
    type=FilePath(),
    help="Write the first screen alone, as a .pdf or .png of this name; the page only with --out.",
)
@use_option
@click.option("--force", is_flag=True, help="Replace an existing page.")
def command(
    results: Path, out: Path | None, summary: Path | None, use: str | None, force: bool
) -> None:
    """Make one self-contained HTML page from RESULTS, the results.json of a run of any protocol."""
    from calobench._util.commit import Output, Unchanged, clear_left, write_together
    from calobench._util.places import resolved
    from calobench.benchmarks.calochallenge.record import is_calochallenge_result
    from calobench.cli._outputs import require_apart, require_free, require_html
    from calobench.results.page_stamp import is_of_other_results

    own = results.with_name("report.html")
    page = out or own
    with_page = summary is None or out is not None
    require_apart({"RESULTS": results}, {"--out": page, "--summary": summary})
    require_html("--out", page)
    form = None if summary is None else _sheet_format(summary)
    clear_left(results.parent)
    unchanged = Unchanged.of(results)
    drawn = _calochallenge(results, use) if is_calochallenge_result(results) else _run(results, use)
    if with_page and resolved(page) == resolved(own) and is_of_other_results(page, drawn.digest):
        echo(f"note: {page} was drawn from other results; it is drawn anew", err=True)
        force = True
    outputs: list[Output] = []
    if summary is not None and form is not None:
        require_free("--summary", summary, force=force)
        outputs.append(Output(summary, drawn.sheet(form), force))
    if with_page:
        require_free("--out", page, force=force)
        outputs.append(Output(page, drawn.render().encode(), force))
    # A run that replaces these results meanwhile has a page of its own.
    write_together(outputs, unchanged=unchanged)
    for output in outputs:
        echo(f"{'report' if output.path == page else 'summary'}: {output.path}")


class _Document(NamedTuple):
    """Results of any protocol.

    Attributes:
        digest: of what they say.
        render: draws their page.
        sheet: draws their first screen in a format.
    """

    digest: str
    render: Callable[[], str]
    sheet: Callable[[str], bytes]


def _sheet_format(path: Path) -> str:
    """The format that the name of a summary asks for."""
    from calobench.errors import OutputError

    form = path.suffix.lower().removeprefix(".")
    if form not in _SHEET_FORMATS:
        raise OutputError(f"--summary {path}: give a name that ends in .pdf or .png")
    return form


def _run(path: Path, use: str | None) -> _Document:
    from calobench.results.store import read_results
    from calobench.verdict import load_use, with_verdict

    results = read_results(path)
    digest = results.digest
    if use is not None:
        results = with_verdict(results, load_use(use))

    def render() -> str:
        # matplotlib takes a second to load: only when there is something to draw.
        from calobench.report import render

        return render(results)

    def sheet(form: str) -> bytes:
        from calobench.report.summary_sheet import sheet_bytes

        return sheet_bytes(results, form)

    return _Document(digest, render, sheet)


def _calochallenge(path: Path, use: str | None) -> _Document:
    from calobench.benchmarks.calochallenge.record import read_calochallenge_results
    from calobench.errors import OutputError, UseError

    if use is not None:
        raise UseError(f"{path} is a result of --protocol calochallenge, which knows no --use")
    results = read_calochallenge_results(path)

    def render() -> str:
        from calobench.benchmarks.calochallenge.page import render_page

        return render_page(results)

    def sheet(form: str) -> bytes:
        raise OutputError(f"--summary: results of --protocol calochallenge have none (.{form})")

    return _Document(results.digest, render, sheet)
