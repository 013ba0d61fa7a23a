"""``calobench report``: the HTML page of a results file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from calobench.cli._terminal import echo

__all__ = ["command"]


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where the page goes.  [default: report.html beside RESULTS]",
)
@click.option("--force", is_flag=True, help="Replace an existing page.")
def command(results: Path, out: Path | None, force: bool) -> None:
    """Make one self-contained HTML page from RESULTS, the results.json of a run of any protocol."""
    from calobench.benchmarks.calochallenge.record import is_calochallenge_result
    from calobench.cli._outputs import require_apart, require_free

    require_apart({"RESULTS": results}, {"--out": out})
    write = _calochallenge(results) if is_calochallenge_result(results) else _run(results)
    page = out or results.with_name("report.html")
    require_free("--out", page, force=force)

    write(page)
    echo(f"report: {page}")


def _run(results: Path) -> Callable[[Path], None]:
    from calobench.results.store import read_results

    found = read_results(results)

    def write(page: Path) -> None:
        # matplotlib takes a second to load: only when there is something to draw.
        from calobench.report import write_report

        write_report(found, page)

    return write


def _calochallenge(results: Path) -> Callable[[Path], None]:
    from calobench.benchmarks.calochallenge.record import read_calochallenge_results

    found = read_calochallenge_results(results)

    def write(page: Path) -> None:
        from calobench.benchmarks.calochallenge.page import write_page

        write_page(found, page)

    return write
