"""``calobench report``: the HTML page of a results file."""

from __future__ import annotations

from pathlib import Path

import click

from calobench.errors import OutputError

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
    """Make one self-contained HTML page from RESULTS, the results.json of a run."""
    from calobench.results.store import read_results

    found = read_results(results)
    page = out or results.with_name("report.html")
    if page.is_dir():
        raise OutputError(f"{page} is a folder; name a file with --out")
    if page.exists() and not force:
        raise OutputError(f"{page} exists; replace it with --force or choose another with --out")

    # matplotlib takes a second to load: only now that there is something to draw.
    from calobench.report import write_report

    write_report(found, page)
    click.echo(f"report: {page}")
