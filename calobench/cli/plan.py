"""``calobench plan``: what a suite will cost."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from calobench.suite.plan import Cost

__all__ = ["command"]

_MILLION = 10**6

_HELP = """Say what a suite will cost before it is run.

Measures for a minute or two on this machine, one thread: two short runs of the first model and some showers
of each. Then it says what is left to do on one worker, on this machine and on others like it, and what the
whole suite would cost with a million showers per run.

\b
Examples:
  calobench plan suite.yaml
  calobench plan suite.yaml --n 1000000 --workers 100 --price 0.02
"""


@click.command(help=_HELP)
@click.argument("file", type=FilePath())
@click.option("--out", type=FilePath(), help="Folder of the suite (default: as for 'suite').")
@click.option(
    "--n",
    type=click.IntRange(1, 10**9),
    help="Showers per run in the stead of the file's and of a million.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 10**6),
    multiple=True,
    help="Number of workers; repeatable (default: 1, cores, 100).",
)
@click.option(
    "--price", type=click.FloatRange(min=0), metavar="PER_CORE_HOUR", help="Adds a column of cost."
)
def command(
    file: Path, out: Path | None, n: int | None, workers: tuple[int, ...], price: float | None
) -> None:
    """Say what a suite will cost."""
    from calobench._util.threads import limit_threads

    # Before anything is imported that counts.
    limit_threads(1)
    from rich.table import Table

    from calobench._util.parallel import usable_cores
    from calobench.cli._progress import RichProgress
    from calobench.suite.entries import entries_of
    from calobench.suite.plan import make_plan, measure_rates
    from calobench.suite.spec import read_suite

    entries = entries_of(read_suite(file), out or Path("calobench-out") / f"suite-{file.stem}")
    models = {entry.name for entry in entries}
    with RichProgress().stage("measure", 2 + len(models)) as advance:
        rates = measure_rates(entries, advance)
    plan = make_plan(entries, rates, n)
    left = [run for run in plan.runs if not run.done]
    echo(
        f"{len(plan.runs)} runs, {len(plan.runs) - len(left)} finished. Evaluation {rates.run_s:.0f} s and "
        f"{1e3 * rates.shower_s:.1f} ms per shower; a process takes {rates.memory_bytes / 1e9:.1f} GB at "
        f"{rates.n} showers."
    )
    for name, seconds in rates.generate_s.items():
        echo(f"{name}: {_rate(seconds)}")
    table = Table()
    headings = ("showers", "core-hours", "GB", "workers", "wall time")
    for heading in (*headings, *(("cost",) if price is not None else ())):
        table.add_column(heading, justify="right", no_wrap=True)
    plans = [plan] if n is not None else [plan, make_plan(entries, rates, _MILLION)]
    counts = workers or sorted({1, usable_cores(), 10 * usable_cores(), 100})
    for one in plans:
        for count in counts:
            table.add_row(*_row(one.cost(count), count, price))
        table.add_section()
    show_table(make_console(), table)
    echo(
        f"No run of a suite is divided: more workers than {len(left)} are idle ('calobench run' divides "
        f"the showers of one). A machine like this one has {usable_cores()}."
    )


def _row(cost: Cost, workers: int, price: float | None) -> tuple[str, ...]:
    row = (
        f"{cost.showers:,}",
        f"{cost.core_hours:.2f}",
        f"{cost.disk_bytes / 1e9:.2f}",
        str(workers),
        _duration(cost.wall_s),
    )
    return row if price is None else (*row, f"{price * cost.core_hours:.2f}")


def _rate(seconds: float) -> str:
    if not seconds:
        return "showers of a file"
    return f"{1e3 * seconds:.3g} ms per shower, {1 / seconds:.3g} showers/s"


def _duration(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
