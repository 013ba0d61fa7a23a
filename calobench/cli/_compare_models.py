"""Two models on the same conditions and seeds, generated and compared: ``calobench compare --models``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from calobench.cli._options import named_model
from calobench.cli._scaling import Scaling, shared_words, told_part
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.benchmarks.paired.record import PairedComparison, PairedDifference
    from calobench.io.reading import Reading

__all__ = ["ModelPair", "compare_pair"]

_JOBS = 10
"""Of --submit, where --jobs does not say."""

# Observables that are shown, those that differ most surely first; the JSON has all.
_MAX_ROWS = 12


class ModelPair(NamedTuple):
    """The request.

    Attributes:
        models: names, comma between.
        model_args: arguments of both.
        device: where models run.
        detector: name or YAML.
        n: showers of each; None: 1,000, or all of a file.
        reference: file; None for the bundled sample.
        seed: of all randomness.
        replicas: of the bootstrap.
        reading: how files of showers are read.
    """

    models: str
    model_args: tuple[str, ...]
    device: str
    detector: str
    n: int | None
    reference: Path | None
    seed: int
    replicas: int
    reading: Reading


def compare_pair(pair: ModelPair, json_path: Path | None, scaling: Scaling, *, force: bool) -> None:
    """Generate, compare, print, and write the JSON.

    Args:
        pair: what was asked for.
        json_path: where all differences go; None: nowhere.
        scaling: who does the shards.
        force: replace what is there.
    """
    from calobench.benchmarks.paired.run import (
        ComparisonRequest,
        compare_models,
        compare_models_part,
    )
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

    first, second = (
        # Of a model and a file, the model runs there.
        named_model(name, pair.model_args, "auto" if is_shower_file(name) else pair.device)
        for name in _two(pair.models)
    )
    files = [path for name in (first, second) if is_shower_file(name) for path in paths_in(name)]
    files += () if pair.reference is None else paths_in(pair.reference)
    require_taken(pair.reading, files)
    if json_path is not None:
        read: dict[str, Path | None] = {name: Path(name) for name in (first, second)}
        read |= {str(path): path for path in files}
        read["--detector"] = named_file(pair.detector)
        require_apart(read, {"--json": json_path})
        require_free("--json", json_path, force=force)
    request = ComparisonRequest(
        first,
        second,
        load_detector(pair.detector),
        pair.reference,
        pair.n,
        seed=pair.seed,
        replicas=pair.replicas,
        reading=pair.reading,
        out=None if is_stdout(json_path) else json_path,
        force=force,
    )
    if (scaling.submit or scaling.part) and request.out is None:
        raise click.UsageError("--shard and --submit need --json: shards lie beside it")
    if scaling.submit is not None:
        click.echo(scaling.submit_file("calobench-compare", shared_words(), _JOBS), nl=False)
        return
    if scaling.part is not None:
        with scaling.executor() as executor:
            compare_models_part(request, executor, scaling.part)
        echo(told_part(scaling.part, Path(str(request.out))))
        return
    if scaling.is_asked_for:
        with scaling.executor() as executor:
            comparison = compare_models(request, RichProgress(), executor)
    else:
        comparison = compare_models(request, RichProgress())
    _show(comparison, stderr=is_stdout(json_path))
    if json_path is not None:
        write_documents({json_path: comparison.model_dump_json(indent=1) + "\n"}, replace=force)


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


def _show(comparison: PairedComparison, *, stderr: bool) -> None:

    console = make_console(stderr=stderr)
    show_table(console, _table(comparison))
    for warning in comparison.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)


def _table(pair: PairedComparison) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.results.schema import MIN_WITH_ERRORS

    table = Table(
        title=f"{pair.first} less {pair.second} on {pair.detector}: {pair.n} showers each, "
        f"against {pair.n_reference} of Geant4",
        caption=f"negative: {pair.first} is nearer to Geant4; *: p at most 0.05",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("score")
    for heading in (pair.first, pair.second, "difference", "±", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    errors = min(pair.n, pair.n_reference) >= MIN_WITH_ERRORS
    for row in pair.together:
        table.add_row(row.label, *_cells(row, errors=errors))
    table.add_section()
    chosen = [row for row in pair.observables if row.score == pair.judging.name]
    chosen.sort(key=lambda row: (row.p_value, -abs(row.difference)))
    for row in chosen[:_MAX_ROWS]:
        table.add_row(f"{row.label}, {pair.judging.heading}", *_cells(row, errors=errors))
    return table


def _cells(row: PairedDifference, *, errors: bool) -> tuple[str, ...]:
    from calobench.verdict.marks import marked

    mark = "*" if marked(row.p_value) else " "
    p_value = f"{row.p_value:.2f}" if row.p_value >= 0.005 else "<.01"
    return (
        f"{row.first:.3g}",
        f"{row.second:.3g}",
        f"{row.difference:+.3g}",
        f"{row.error:.1g}" if errors else "-",
        f"{p_value}{mark}",
    )
