"""Options that several commands have, each with one wording."""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from calobench.cli._completion import complete_detector, complete_use
from calobench.cli._paths import FilePath

__all__ = [
    "command_line",
    "detector_option",
    "device_option",
    "fail_on_option",
    "model_arguments_option",
    "named_model",
    "reading_options",
    "reference_option",
    "replicas_option",
    "run_folder",
    "seed_option",
    "use_option",
]

MAX_SEED = 2**63 - 1
"""A seed is kept in files, whose integers have 64 bits with sign."""
_MAX_REPLICAS = 100_000

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

detector_option: Option = click.option(
    "--detector",
    required=True,
    help="A name from 'calobench detectors', or a YAML file.",
    shell_complete=complete_detector,
)
fail_on_option: Option = click.option(
    "--fail-on",
    type=click.Choice(["fit", "flaws", "unusable"]),
    default=None,
    help="Exit code 1 where a verdict is this level or a worse one, 3 where there is none.",
)
reference_option: Option = click.option(
    "--reference",
    type=FilePath(),
    default=None,
    help="Geant4 showers: a file, a.h5,b.h5, 'jobs/*.h5', or a public data set that 'calobench fetch' "
    "brought, such as lemurs:FCCeeALLEGRO/50GeV (default: the sample that ships with calobench).",
)
run_folder: Option = click.option(
    "--out", type=FilePath(), default=None, help="Folder of results and report."
)
seed_option: Option = click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=1, show_default=True
)


model_arguments_option: Option = click.option(
    "--model-arg",
    "model_args",
    multiple=True,
    metavar="KEY=VALUE",
    help="Of the model's factory or file, such as unit=GeV, azimuth=0, slot=4. Repeatable.",
)


device_option: Option = click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|cuda[:N]",
    help="Where models run; auto: on a GPU if there is one and the model can be moved to it.",
)


def named_model(model: str, arguments: Sequence[str], device: str = "auto") -> str:
    """The model's name with what ``--model-arg`` and ``--device`` add.

    Raises:
        ConditionsError: the model is a file of showers, which takes no arguments.
        DeviceError: there is no such name of a device, or nothing is generated.
    """
    from calobench.errors import ConditionsError
    from calobench.harness.sources import is_shower_file, placed
    from calobench.models.naming import join_arguments

    if arguments and is_shower_file(model):
        raise ConditionsError(
            f"--model-arg {arguments[0]}: {model} is a file of showers, which takes none; leave it out"
        )
    return placed(join_arguments(model, arguments), device)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say what files of showers are, which the command gets as one ``reading``."""

    @click.option(
        "--format",
        "format_name",
        metavar="NAME",
        help="Format of the files of showers (docs/formats.md); without it, what they look like.",
    )
    @click.option(
        "--axes",
        metavar="A,B,C",
        help="Order of the axes of an array behind the first, such as z,phi,r; of points, x,y,layer.",
    )
    @click.option(
        "--unit",
        metavar="UNIT",
        help="MeV or GeV, where a file does not say; two for cells and incident energies: MeV,GeV.",
    )
    @click.option(
        "--collection",
        "collections",
        metavar="NAMES",
        help="Collections of hits of an EDM4hep file, with commas between.",
    )
    @functools.wraps(command)
    def with_reading(
        *args: Any,
        format_name: str | None,
        axes: str | None,
        unit: str | None,
        collections: str | None,
        **options: Any,
    ) -> Any:
        from calobench.io.reading import Reading

        reading = Reading.declared(format_name, axes, unit, collections)
        return command(*args, reading=reading, **options)

    return with_reading


use_option: Option = click.option(
    "--use",
    metavar="NAME|FILE.toml",
    default=None,
    help="What the model is for: fast-sim-default, energy-calibration, photon-separation, or a file of "
    "tolerances.",
    shell_complete=complete_use,
)


def command_line() -> str:
    """This call, as one would type it."""
    return shlex.join(["calobench", *sys.argv[1:]])


def replicas_option(words: str) -> Option:
    """``--replicas``; ``words`` say of what."""
    return click.option(
        "--replicas",
        type=click.IntRange(20, _MAX_REPLICAS),
        default=200,
        show_default=True,
        help=words,
    )
