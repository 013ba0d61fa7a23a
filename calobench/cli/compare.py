"""``calobench compare``: several models side by side, and which of two is nearer to Geant4."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from calobench.cli._options import (
    device_option,
    model_arguments_option,
    reading_options,
    reference_option,
    replicas_option,
    seed_option,
)
from calobench.cli._paths import FilePath
from calobench.cli._scaling import Scaling, scaling_options
from calobench.cli._terminal import echo

if TYPE_CHECKING:
    from calobench.io.reading import Reading

__all__ = ["command"]

_HELP = """Put runs side by side on one page, or compare two models on the same conditions and seeds.

With RESULTS, two results.json or more, one HTML page shows verdicts, all observables in all models, figures
with every model over Geant4, quality against time, and which model is nearer to Geant4. The JSON of a
comparison with --models may be among them.

With --models two models are run on the same conditions and seeds. What both share (reference,
conditions) cancels in the difference, so that smaller differences are seen than between two runs. With
--workers, --scheduler or --shard their showers are made and observed in shards, beside the --json.

\b
Examples:
  calobench compare full/results.json distilled/results.json --out comparison.html
  calobench compare --models full,distilled --detector ALLEGRO --json paired.json
"""

# Options of the one and of the other way.
_OF_RESULTS = ("out", "any_reference")
_OF_MODELS = (
    "model_args", "device", "detector", "n", "reference", "seed", "replicas", "json_path",
    "format_name", "axes", "unit", "collections", "workers", "scheduler", "part", "submit", "jobs",
)  # fmt: skip


@click.command(help=_HELP)
@click.argument("results", nargs=-1, type=FilePath())
@click.option(
    "--out",
    type=FilePath(),
    default=Path("comparison.html"),
    show_default=True,
    help="With RESULTS: the page.",
)
@click.option(
    "--any-reference",
    is_flag=True,
    help="With RESULTS: also runs against other reference samples, each held against its own.",
)
@click.option(
    "--models",
    metavar="FIRST,SECOND",
    help="Two models: names from 'calobench models', package.module:factory, trained files, files of "
    "showers, or patterns such as 'jobs/*.h5'.",
)
@model_arguments_option
@device_option
@click.option(
    "--detector", help="With --models: a name from 'calobench detectors', or a YAML file."
)
@click.option("-n", type=int, default=None, help="Showers of each (default 1000; a file: all).")
@reference_option
@seed_option
@replicas_option("Of the bootstrap, and permutations.")
@click.option(
    "--json",
    "json_path",
    type=FilePath(),
    help="With --models: write all differences here too, or to -.",
)
@reading_options
@scaling_options
@click.option(
    "--force", is_flag=True, help="Replace the page, or JSON file, that is already there."
)
@click.pass_context
def command(
    context: click.Context,
    results: tuple[Path, ...],
    out: Path,
    any_reference: bool,
    models: str | None,
    model_args: tuple[str, ...],
    device: str,
    detector: str | None,
    n: int | None,
    reference: Path | None,
    seed: int,
    replicas: int,
    json_path: Path | None,
    scaling: Scaling,
    force: bool,
    reading: Reading,
) -> None:
    """Put runs side by side, or compare two models on the same conditions."""
    if models is None:
        _require_none_of(context, _OF_MODELS, "--models")
        if not results:
            raise click.UsageError(
                "give RESULTS, two results.json or more, or --models and --detector"
            )
        _compare_results(results, out, any_reference=any_reference, force=force)
        return
    if results:
        raise click.UsageError("give RESULTS or --models, not both")
    _require_none_of(context, _OF_RESULTS, "RESULTS")
    if detector is None:
        raise click.UsageError("Missing option '--detector'; --models needs it.")
    from calobench.cli._compare_models import ModelPair, compare_pair

    pair = ModelPair(models, model_args, device, detector, n, reference, seed, replicas, reading)
    compare_pair(pair, json_path, scaling, force=force)


def _require_none_of(context: click.Context, names: tuple[str, ...], needed: str) -> None:
    """Options of the other way would be ignored; that is said."""
    options = {one.name: one.opts[0] for one in context.command.params}
    for name in names:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{options[name]} goes with {needed} only")


def _compare_results(
    results: tuple[Path, ...], out: Path, *, any_reference: bool, force: bool
) -> None:
    from calobench.cli._comparison import comparison_of
    from calobench.cli._outputs import require_apart, require_free, require_html, write_documents

    require_apart({str(path): path for path in results}, {"--out": out})
    require_html("--out", out)
    require_free("--out", out, force=force)
    comparison = comparison_of(results, any_reference=any_reference)
    for note in comparison.notes:
        echo(f"note: {note}", err=True)
    page = comparison.render()
    write_documents({out: page}, replace=force)
    for line in comparison.lines:
        echo(line)
    echo(f"comparison: {out}")
