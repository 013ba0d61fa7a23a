"""``calobench history``: runs over time."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from calobench.history.store import Damaged, History
    from calobench.history.trends import Panel

__all__ = ["command", "read_store"]

_HELP = """Runs over time: one line per run, trends of every main score, and where they change.

A store is a folder with one file per run: git merges it, and any number of writers are safe, also on a
network file system. Lines that are damaged or edited are named and left out; a store of a
newer version is refused.

\b
Examples:
  calobench history add calobench-out/ --store history/
  calobench history list --store history/
  calobench history show --store history/ --model distilled --detector ALLEGRO
"""

_MAX_NAMED = 10

_store = click.option(
    "--store",
    type=FilePath(),
    required=True,
    envvar="CALOBENCH_HISTORY",
    help="Folder of the history (or CALOBENCH_HISTORY in the environment).",
)


@click.group(help=_HELP)
def command() -> None:
    """Runs over time."""


@command.command()
@click.argument("runs", nargs=-1, required=True, type=FilePath())
@_store
@click.option(
    "--gate",
    type=FilePath(),
    help="File of 'calobench gate --json' on the run (default: gate.json beside its results).",
)
@click.option(
    "--report-url", metavar="URL", help="Where the page can be read; it is then not kept."
)
@click.option("--no-report", is_flag=True, help="Keep no page.")
@click.option("--note", default="", help="One line that is shown beside the run.")
@click.option("--skip-known", is_flag=True, help="Runs that are there already are no error.")
def add(
    *,
    runs: tuple[Path, ...],
    store: Path,
    gate: Path | None,
    report_url: str | None,
    no_report: bool,
    note: str,
    skip_known: bool,
) -> None:
    """Add RUNS, folders of runs or their results.json.

    Each is added by itself. A run that is there already, told by the digest of its results, is refused: exit
    code 2, after the others were added.
    """
    from calobench.errors import HistoryError
    from calobench.history.adding import add_run
    from calobench.history.store import DuplicateError, HistoryStore

    if len(runs) > 1 and (gate is not None or report_url is not None):
        raise click.UsageError("--gate and --report-url are of one run; add the runs one by one")
    place = HistoryStore(store, create=True)
    known = []
    for run in runs:
        try:
            record = add_run(
                place,
                run,
                gate=gate,
                report_url=report_url,
                keep_report=not no_report,
                note=" ".join(note.split()),
            )
        except DuplicateError as error:
            known.append(str(error))
            continue
        echo(
            f"added    {record.model} on {record.detector}, {record.created_utc}: {record.sentence}"
        )
    if known and not skip_known:
        raise HistoryError("; ".join(known))
    for words in known:
        echo(f"known    {words}")


@command.command("list")
@_store
def list_runs(store: Path) -> None:
    """List all runs, the oldest first."""
    from rich import box
    from rich.table import Table

    history = read_store(store)
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("made (UTC)", no_wrap=True)
    for heading in ("model", "detector", "use", "verdict", "gate"):
        table.add_column(heading, overflow="fold")
    table.add_column("showers", justify="right", no_wrap=True)
    table.add_column("commit", no_wrap=True)
    for one in history.records:
        table.add_row(
            one.created_utc[:16].replace("T", " "),
            one.model,
            one.detector,
            one.use,
            one.level.value,
            "" if one.gate is None else one.gate.verdict,
            str(one.n),
            (one.git_commit or "")[:12],
        )
    show_table(make_console(), table)


@command.command()
@_store
@click.option("--model", help="Only of this model.")
@click.option("--detector", help="Only on this detector.")
@click.option("--use", help="Only for this use.")
def show(store: Path, model: str | None, detector: str | None, use: str | None) -> None:
    """Show trends: every main score of the latest run, and where it changed."""
    from calobench.detectors import load_detector
    from calobench.errors import CalobenchError, UnknownNameError
    from calobench.history.trends import panels_of

    panels = panels_of(read_store(store).records)
    if detector is not None and all(one.key.detector != detector for one in panels):
        # A history may have detectors that are not known here.
        with contextlib.suppress(CalobenchError):
            detector = load_detector(detector).name
    chosen: Iterable[Panel] = panels
    for index, asked in enumerate((model, detector, use)):
        names = sorted({one.key[index] for one in chosen})
        if asked is not None and asked not in names:
            raise UnknownNameError(
                f"{('model', 'detector', 'use')[index]} in the history", asked, names
            )
        chosen = [one for one in chosen if asked in (None, one.key[index])]
    console = make_console()
    for panel in chosen:
        latest = panel.latest
        console.print(
            f"{latest.model} on {latest.detector} for {latest.use}: {len(panel.records)} runs, the latest "
            f"of {latest.created_utc}",
            soft_wrap=True,
        )
        console.print(latest.sentence, soft_wrap=True)
        show_table(console, _trends(panel))


def _trends(panel: Panel) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.history.trends import series_of
    from calobench.report.history_words import shift_words, value_words

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("score", overflow="fold")
    for heading in ("latest", "before"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("changes", overflow="fold")
    for one in series_of(panel):
        latest, *earlier = reversed(one.points)
        table.add_row(
            one.score.label,
            value_words(latest.score),
            value_words(earlier[0].score) if earlier else "",
            "; ".join(shift_words(one.score, shift) for shift in one.shifts),
        )
    return table


def read_store(store: Path) -> History:
    """All runs of a store; lines that were left out are told.

    Raises:
        HistoryError: it is no store, or is of a newer version.
    """
    from calobench.history.store import HistoryStore

    history = HistoryStore(store).read()
    warn_of_damaged(store, history.damaged)
    return history


def warn_of_damaged(store: Path, damaged: Iterable[Damaged]) -> None:
    """Name the lines of a store that were left out."""
    damaged = list(damaged)
    for one in damaged[:_MAX_NAMED]:
        echo(
            f"warning: left out: {store}/{one}; take the file from an earlier copy, or add the run again",
            err=True,
        )
    if len(damaged) > _MAX_NAMED:
        echo(f"warning: left out: {len(damaged) - _MAX_NAMED} more lines", err=True)
