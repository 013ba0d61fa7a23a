"""``calobench fetch``: public data sets, downloaded when that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._completion import complete_data_set
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.datasets.spec import DataSet, Subset

__all__ = ["command"]

_HELP = """Download a public data set, or list those that are known.

NAME is a data set or a sample of one: calochallenge-2, lemurs:FCCeeALLEGRO, lemurs:FCCeeALLEGRO/50GeV. Files
come from Zenodo, are checked by their MD5, and have their names only when they are whole. A download that
broke off goes on when the same command is called again. No other command downloads anything.

\b
  calobench fetch                                        what there is, and what is here
  calobench fetch calochallenge-2 --part 2
  calobench fetch lemurs:FCCeeALLEGRO/50GeV
  calobench run --model distilled --detector ALLEGRO --reference lemurs:FCCeeALLEGRO/50GeV
"""


@click.command(help=_HELP)
@click.argument("name", required=False, shell_complete=complete_data_set)
@click.option("--part", type=click.IntRange(min=1), help="One part only, counted from 1.")
@click.option(
    "--to",
    "folder",
    type=FilePath(),
    help="Folder of all data sets (default: CALOBENCH_DATA, where other commands look, or the user's cache).",
)
def command(name: str | None, part: int | None, folder: Path | None) -> None:
    """Download a sample of a public data set, or list what is known."""
    from calobench.datasets import data_folder, data_set_names, load_data_set, select

    home = folder or data_folder()
    if name is None:
        if part is not None:
            raise click.UsageError("--part needs the NAME of a data set")
        show_table(
            make_console(), _overview([load_data_set(one) for one in data_set_names()], home)
        )
        echo(f"in {home}")
        return
    from calobench.cli._progress import RichProgress
    from calobench.datasets.fetching import fetch

    selection = select(name, part)
    fetched = fetch(selection, home, RichProgress().download)
    if not fetched.downloaded:
        echo(f"{selection.name} is here already")
    licence = fetched.licence or f"not stated; look at https://doi.org/{selection.data_set.doi}"
    echo(f"licence: {licence}; please cite {selection.data_set.paper}")
    for path in fetched.paths:
        echo(str(path))
    elsewhere = f"CALOBENCH_DATA={home} " if folder is not None else ""
    echo(f"use it: {elsewhere}calobench run ... --reference {selection.name}")


def _overview(sets: list[DataSet], folder: Path) -> Table:
    from rich.table import Table

    table = Table()
    for heading in ("name", "parts", "here", "licence", "DOI"):
        table.add_column(heading, no_wrap=True)
    for one in sets:
        for subset in one.subsets:
            table.add_row(
                f"{one.name}:{subset.name}".removesuffix(":"),
                str(subset.parts),
                _here(one, subset, folder),
                one.licence or "see the record",
                one.doi,
            )
    return table


def _here(data_set: DataSet, subset: Subset, folder: Path) -> str:
    from calobench.datasets import Selection
    from calobench.datasets.places import files_of, missing_files

    whole = Selection(data_set, subset, None)
    if not missing_files(whole, folder):
        return "all"
    return str(len(files_of(whole, folder))) if subset.members is None else "0"
