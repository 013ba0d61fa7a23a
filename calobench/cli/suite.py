"""``calobench suite``: many models on many detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import fail_on_option
from calobench.cli._paths import FilePath
from calobench.cli._scaling import Scaling, scaling_options
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.suite.summary import SuiteRow, SuiteSummary

__all__ = ["command"]

_HELP = """Run many models on many detectors, as a YAML file says.

What is finished is not done again: after a kill, or with further models in the file, the same call goes on.
A run that fails ends no other; the exit code is then 2. The folder gets suite.json and index.html, and a
folder per run as 'calobench run' writes it. Showers are kept in the folder's 'showers' for other commands
(CALOBENCH_CACHE names another place).

\b
Example of a file:
  models: [distilled, solver, {name: mine, model: "my.py:factory"}]
  detectors: [ALLEGRO, CLD]
  n: 1000                  # also: seed, replicas, device
  benchmarks: [cells]      # also: diphoton, timing
  use: fast-sim-default
  uses: [energy-calibration]
  references: {ALLEGRO: allegro.h5}
Of a file that does not say how it is written: {name: mine, model: mine.npz, axes: "z,phi,r", unit: GeV}

\b
Examples:
  calobench suite suite.yaml
  calobench suite suite.yaml --scheduler tcp://host:8786
  calobench suite suite.yaml --submit slurm --jobs 20 > suite.sh
"""


@click.command(help=_HELP)
@click.argument("file", type=FilePath())
@click.option("--out", type=FilePath(), help="Folder of all runs (default: the file's name).")
@scaling_options
@fail_on_option
@click.option("--no-cache", is_flag=True, help="Keep no generated showers.")
def command(
    *,
    file: Path,
    out: Path | None,
    scaling: Scaling,
    fail_on: str | None,
    no_cache: bool,
) -> int:
    """Run many models on many detectors."""
    from calobench import __version__
    from calobench.cli._progress import RichProgress
    from calobench.errors import CalobenchError
    from calobench.executors.base import Part
    from calobench.executors.processes import ProcessExecutor
    from calobench.harness.sources import is_shower_file
    from calobench.models.cached import cache_in_use
    from calobench.suite.entries import entries_of
    from calobench.suite.execution import run_entries
    from calobench.suite.output import SuiteFolder
    from calobench.suite.page import render_suite
    from calobench.suite.spec import TIMING, read_suite
    from calobench.suite.summary import summarise
    from calobench.suite.timing import time_runs

    folder = out or Path("calobench-out") / f"suite-{file.stem}"
    suite = read_suite(file)
    entries = entries_of(suite, folder)
    if scaling.submit is not None:
        words = ["suite", str(file), "--out", str(folder), "--workers", "1"]
        text = scaling.submit_file(f"calobench-{file.stem}", words, len(entries))
        click.echo(text, nl=False)
        return 0
    place = SuiteFolder(folder)
    named = cache_in_use()
    kept = folder / "showers" if named is None else named.folder
    errors = {}
    with (
        scaling.cluster() as cluster,
        RichProgress().stage("runs", len(entries)) as advance,
    ):
        place_of_work = cluster or ProcessExecutor(scaling.cores)
        if scaling.part is not None:
            place_of_work = Part(place_of_work, *scaling.part)
        for outcome in run_entries(entries, place_of_work, None if no_cache else kept.absolute()):
            advance()
            errors[outcome.key] = outcome.error
            if outcome.state != "kept":
                echo(
                    f"{outcome.key}: {outcome.state} in {outcome.seconds:.0f} s {outcome.error}".rstrip()
                )
    if scaling.part is not None:
        failed = [f"{key}: {error}" for key, error in errors.items() if error]
        if failed:
            raise CalobenchError("; ".join(failed))
        return 0
    if TIMING in suite.benchmarks:
        timed = [entry for entry in entries if not is_shower_file(entry.model)]
        for key, error in time_runs(timed, suite.device, RichProgress()):
            errors[key] = "; ".join(filter(None, (errors.get(key), error)))
    summary = summarise(entries, errors, __version__, suite.uses)
    place.write(summary, render_suite(summary))
    console = make_console()
    show_table(console, _table(summary))
    console.print(f"suite    {place.summary}", soft_wrap=True)
    console.print(f"page     {place.page.absolute()}", soft_wrap=True)
    return _exit_code(summary, fail_on)


def _exit_code(summary: SuiteSummary, fail_on: str | None) -> int:
    from calobench.errors import CalobenchError
    from calobench.verdict.failing import FAIL_ON, exit_code

    if summary.missing:
        names = ", ".join(f"{row.model} on {row.detector} ({row.error})" for row in summary.missing)
        raise CalobenchError(
            f"{len(summary.missing)} of {len(summary.rows)} runs are not complete: {names}"
        )
    if fail_on is None:
        return 0
    # The worst of them; a run without a verdict counts only where no other fails.
    codes = {exit_code(level, FAIL_ON[fail_on]) for level in summary.levels}
    return min(codes - {0}, default=0)


def _table(summary: SuiteSummary) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.suite.columns import score_columns

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("model", "detector", "verdict"):
        table.add_column(heading, overflow="fold")
    columns = score_columns(summary.rows)
    for heading in ("showers", *columns.values(), "worth"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in summary.rows:
        table.add_row(
            row.model,
            row.detector,
            "\n".join([row.level or row.error or "", *(f"{u.use}: {u.level}" for u in row.uses)]),
            "" if row.n is None else str(row.n),
            *(_score(row, name) for name in columns),
            "" if row.equivalent is None else f"{row.equivalent:.0f}",
        )
    return table


def _score(row: SuiteRow, name: str) -> str:
    score = row.score(name)
    return "" if score is None else f"{score.value:.3g}±{score.error:.1g}"
