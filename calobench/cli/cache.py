"""``calobench cache``: showers that were generated before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table
from calobench.errors import CacheError

if TYPE_CHECKING:
    from calobench.models.cache import ShowerCache

__all__ = ["command"]

_HELP = """Showers that were generated before, and are not generated again.

With CALOBENCH_CACHE=FOLDER in the environment, run, diphoton and suite keep what models generate in that
folder, by everything it depends on: model, weights, code of its package, detector, conditions, seed,
versions. Timings are never taken from it.

\b
Examples:
  CALOBENCH_CACHE=~/showers calobench run --model full --detector ALLEGRO
  calobench cache list ~/showers
  calobench cache prune ~/showers --unused-for 30 --keep 20
"""

_folder = click.argument("folder", type=FilePath(), envvar="CALOBENCH_CACHE", required=False)
_DAY_S = 86_400


@click.group(help=_HELP)
def command() -> None:
    """Showers that were generated before."""


@command.command("list")
@_folder
def list_entries(folder: Path | None) -> None:
    """List what is kept, by model and detector."""
    from rich.table import Table

    totals: dict[tuple[str, str], list[float]] = {}
    for entry in _cache(folder).entries():
        total = totals.setdefault((entry.model, entry.detector), [0, 0, 0])
        for k, amount in enumerate((1, entry.n, entry.size)):
            total[k] += amount
    table = Table()
    table.add_column("model", overflow="fold")
    table.add_column("detector", overflow="fold")
    for heading in ("calls", "showers", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for (model, detector), (calls, showers, size) in sorted(totals.items()):
        table.add_row(model, detector, f"{calls:.0f}", f"{showers:.0f}", f"{size / 1e6:.1f}")
    show_table(make_console(), table)


@command.command()
@_folder
@click.option("--model", help="Only of this model (the name that 'cache list' shows).")
@click.option(
    "--unused-for", "days", type=click.FloatRange(min=0), help="Only if not used for so many days."
)
@click.option(
    "--keep", type=click.FloatRange(min=0), metavar="GB", help="Only until so much is left."
)
def prune(folder: Path | None, model: str | None, days: float | None, keep: float | None) -> None:
    """Remove what is not needed, and what is damaged."""
    if model is None and days is None and keep is None:
        raise click.UsageError(
            "say what to remove: --model, --unused-for or --keep (0 GB: everything)"
        )
    removed = _cache(folder).prune(
        model=model,
        unused_for_s=None if days is None else days * _DAY_S,
        keep_bytes=None if keep is None else round(keep * 1e9),
    )
    size = sum(entry.size for entry in removed)
    echo(
        f"removed {sum(entry.n for entry in removed)} showers of {len(removed)} calls, {size / 1e6:.1f} MB"
    )


@command.command()
@_folder
def verify(folder: Path | None) -> None:
    """Check that everything is as it was written."""
    cache = _cache(folder)
    damaged = cache.damaged()
    if damaged:
        raise CacheError(
            f"{len(damaged)} files of {cache.folder} are damaged, the first is {damaged[0].name}; they are "
            "not used, and 'calobench cache prune' removes them"
        )
    echo(f"{len(cache.entries())} calls in {cache.folder}, all whole")


def _cache(folder: Path | None) -> ShowerCache:
    from calobench.models.cache import ShowerCache

    if folder is None:
        raise click.UsageError("name the folder of the cache, or set CALOBENCH_CACHE")
    if not folder.exists():
        raise CacheError(f"{folder} does not exist; check the path of the cache")
    return ShowerCache(folder)
