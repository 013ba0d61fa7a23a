"""``calobench generate``: a file of a model's showers."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from calobench.cli._completion import complete_model
from calobench.cli._monitor import shower_monitor
from calobench.cli._options import (
    detector_option,
    device_option,
    model_arguments_option,
    named_model,
    reference_option,
    seed_option,
)
from calobench.cli._paths import FilePath
from calobench.cli._scaling import Scaling, scaling_options, shared_words, told_part
from calobench.cli._terminal import echo

__all__ = ["command"]

_HELP = """Write showers of a model to a file, on as many processes or machines as there are.

The showers are those of 'calobench run' with the same seed, for the conditions of the reference, repeated
as often as it takes; the file has the same bytes whoever makes it. A call that was interrupted, even killed,
goes on where it was when it is given again. With --shard a job makes its part of the shards; afterwards the
same call without it joins them.

\b
Examples:
  calobench generate --model distilled --detector ALLEGRO -n 100000 --out showers.h5
  calobench generate --model full --detector CLD -n 1000000 --out full.h5 --scheduler tcp://host:8786
  calobench generate --model full --detector CLD -n 1000000 --out full.h5 --submit slurm --jobs 200 > full.sh
"""


@click.command(help=_HELP)
@click.option(
    "--model",
    required=True,
    shell_complete=complete_model,
    help="A name from 'calobench models', package.module:factory, or a trained file.",
)
@model_arguments_option
@device_option
@detector_option
@click.option("-n", type=int, default=1000, show_default=True, help="Showers to generate.")
@reference_option
@click.option("--out", type=FilePath(), required=True, help="HDF5 file, LEMURS layout.")
@seed_option
@scaling_options
@click.option("--force", is_flag=True, help="Replace --out.")
def command(
    *,
    model: str,
    model_args: tuple[str, ...],
    device: str,
    detector: str,
    n: int,
    reference: Path | None,
    out: Path,
    seed: int,
    scaling: Scaling,
    force: bool,
) -> None:
    """Write showers of a model to a file."""
    from calobench.cli._outputs import named_file, require_apart
    from calobench.harness.generation import GenerationRequest, generate
    from calobench.io.paths import paths_in

    references = () if reference is None else paths_in(reference)
    require_apart(
        {
            **{f"--reference {path}": path for path in references},
            "--detector": named_file(detector),
        },
        {"--out": out},
    )
    request = GenerationRequest(
        named_model(model, model_args, device), detector, out, n, seed, reference
    )
    if scaling.submit is not None:
        shards = request.folder.count
        click.echo(scaling.submit_file("calobench-generate", shared_words(), shards), nl=False)
        return
    with scaling.cluster() as cluster, shower_monitor("generating") as monitor:
        generate(
            request,
            workers=scaling.cores,
            executor=cluster,
            part=scaling.part,
            force=force,
            monitor=monitor,
        )
    if scaling.part is not None:
        echo(told_part(scaling.part, out))
        return
    echo(
        f"wrote {n} showers to {out}; compare them with calobench run --model {shlex.quote(str(out))}"
    )
