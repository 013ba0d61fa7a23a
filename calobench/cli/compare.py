"""``calobench compare``: which of two models is nearer to Geant4."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import (
    detector_option,
    model_arguments_option,
    named_model,
    reading_options,
    reference_option,
    replicas_option,
    seed_option,
)
from calobench.cli._terminal import make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.benchmarks.paired.record import PairedComparison, PairedDifference
    from calobench.io.reading import Reading

__all__ = ["command"]

_HELP = """Compare two models on the same conditions and seeds.

What both share (reference, conditions) cancels in the difference, so that smaller differences
are seen than between two runs.

\b
Example:
  calobench compare --models full,distilled --detector ALLEGRO
"""

# Observables that are shown, those that differ most surely first; the JSON has all.
_MOST_ROWS = 12
_MEANS = {"wasserstein": "mean of W1/sigma", "ks": "mean of KS"}


@click.command(help=_HELP)
@click.option(
    "--models",
    required=True,
    metavar="FIRST,SECOND",
    help="Two models: names from 'calobench models', package.module:factory, trained files, files of "
    "showers, or patterns such as 'jobs/*.h5'.",
)
@model_arguments_option
@detector_option
@click.option("-n", type=int, default=None, help="Showers of each (default 1000; a file: all).")
@reference_option
@seed_option
@replicas_option("Of the bootstrap, and exchanges.")
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path),
    help="Write all differences here too, or to -.",
)
@reading_options
@click.option("--force", is_flag=True, help="Replace the JSON file that is already there.")
def command(
    models: str,
    model_args: tuple[str, ...],
    detector: str,
    n: int | None,
    reference: Path | None,
    seed: int,
    replicas: int,
    json_path: Path | None,
    force: bool,
    reading: Reading,
) -> None:
    """Compare two models on the same conditions and seeds."""
    from calobench.benchmarks.paired.run import ComparisonRequest, compare_models
    from calobench.cli._outputs import (
        is_stdout,
        named_file,
        require_apart,
        require_free,
        write_documents,
    )
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.harness.sources import is_shower_file
    from calobench.io.formats import require_taken
    from calobench.io.paths import paths_in

    first, second = (named_model(name, model_args) for name in _two(models))
    files = [path for name in (first, second) if is_shower_file(name) for path in paths_in(name)]
    files += () if reference is None else paths_in(reference)
    require_taken(reading, files)
    if json_path is not None:
        read: dict[str, Path | None] = {name: Path(name) for name in (first, second)}
        read |= {str(path): path for path in files}
        read["--detector"] = named_file(detector)
        require_apart(read, {"--json": json_path})
        require_free("--json", json_path, force=force)
    found = compare_models(
        ComparisonRequest(
            first,
            second,
            load_detector(detector),
            reference,
            n,
            seed=seed,
            replicas=replicas,
            reading=reading,
        ),
        RichProgress(),
    )
    _show(found, stderr=is_stdout(json_path))
    if json_path is not None:
        write_documents({json_path: found.model_dump_json(indent=1) + "\n"}, replace=force)


def _two(models: str) -> tuple[str, str]:
    from calobench.models.naming import split_models

    names = split_models(models)
    if len(names) != 2:
        raise click.BadParameter(
            f"'{models}' are not two models; give FIRST,SECOND (several files of one model: a "
            "pattern such as 'jobs/*.h5')",
            param_hint="--models",
        )
    return names[0], names[1]


def _show(found: PairedComparison, *, stderr: bool) -> None:

    console = make_console(stderr=stderr)
    show_table(console, _table(found))
    for warning in found.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)


def _table(found: PairedComparison) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.results.schema import FEWEST_WITH_ERRORS

    table = Table(
        title=f"{found.first} less {found.second} on {found.detector}: {found.n} showers each, "
        f"against {found.n_reference} of Geant4",
        caption=f"negative: {found.first} is nearer to Geant4; *: p at most 0.05",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("score")
    for heading in (found.first, found.second, "difference", "±", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    errors = min(found.n, found.n_reference) >= FEWEST_WITH_ERRORS
    for row in found.together:
        table.add_row(_MEANS.get(row.score, row.label), *_cells(row, errors=errors))
    table.add_section()
    chosen = [row for row in found.observables if row.score == "wasserstein"]
    chosen.sort(key=lambda row: (row.p_value, -abs(row.difference)))
    for row in chosen[:_MOST_ROWS]:
        table.add_row(f"{row.label}, W1/sigma", *_cells(row, errors=errors))
    return table


def _cells(row: PairedDifference, *, errors: bool) -> tuple[str, ...]:
    mark = "*" if row.p_value <= 0.05 else " "
    p_value = f"{row.p_value:.2f}" if row.p_value >= 0.005 else "<.01"
    return (
        f"{row.first:.3g}",
        f"{row.second:.3g}",
        f"{row.difference:+.3g}",
        f"{row.error:.1g}" if errors else "-",
        f"{p_value}{mark}",
    )
