"""``calobench report``: the HTML page of a results file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from calobench.cli._options import use_option
from calobench.cli._terminal import echo

__all__ = ["command"]


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where the page goes.  [default: report.html beside RESULTS]",
)
@use_option
@click.option("--force", is_flag=True, help="Replace an existing page.")
def command(results: Path, out: Path | None, use: str | None, force: bool) -> None:
    """Make one self-contained HTML page from RESULTS, the results.json of a run of any protocol."""
    from calobench._util.commit import Output, Unchanged, clear_left, write_together
    from calobench._util.places import resolved
    from calobench.benchmarks.calochallenge.record import is_calochallenge_result
    from calobench.cli._outputs import require_apart, require_free
    from calobench.results.page_stamp import is_of_other_results

    own = results.with_name("report.html")
    page = out or own
    require_apart({"RESULTS": results}, {"--out": page})
    _require_html(page)
    clear_left(results.parent)
    unchanged = Unchanged.of(results)
    found = _calochallenge(results, use) if is_calochallenge_result(results) else _run(results, use)
    if resolved(page) == resolved(own) and is_of_other_results(page, found.digest):
        echo(f"note: {page} was drawn from other results; it is drawn anew", err=True)
        force = True
    require_free("--out", page, force=force)
    # A run that replaces these results meanwhile has a page of its own.
    write_together([Output(page, found.render().encode(), force)], unchanged=unchanged)
    echo(f"report: {page}")


class _Document(NamedTuple):
    """Results of any protocol.

    Attributes:
        digest: of what they say.
        render: draws their page.
    """

    digest: str
    render: Callable[[], str]


def _require_html(page: Path) -> None:
    """A page is HTML, whatever it is called: a name that promises something else is refused."""
    from calobench.errors import OutputError

    if page.suffix.lower() not in ("", ".html", ".htm"):
        raise OutputError(f"--out {page}: the page is HTML; name it {page.with_suffix('.html')}")


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

    return _Document(digest, render)


def _calochallenge(path: Path, use: str | None) -> _Document:
    from calobench.benchmarks.calochallenge.record import read_calochallenge_results
    from calobench.errors import UseError

    if use is not None:
        raise UseError(f"{path} is a result of --protocol calochallenge, which knows no --use")
    results = read_calochallenge_results(path)

    def render() -> str:
        from calobench.benchmarks.calochallenge.page import render_page

        return render_page(results)

    return _Document(results.digest, render)
