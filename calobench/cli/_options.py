"""Options that several commands have, each with one wording."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = [
    "command_line",
    "detector_option",
    "reference_option",
    "replicas_option",
    "run_folder",
    "seed_option",
]

LARGEST_SEED = 2**63 - 1
"""A seed is kept in files, whose integers have 64 bits with sign."""
_MAX_REPLICAS = 100_000

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

detector_option: Option = click.option(
    "--detector", required=True, help="A name from 'calobench detectors', or a YAML file."
)
reference_option: Option = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    default=None,
    help="Geant4 showers, LEMURS layout (default: the sample that ships with calobench).",
)
run_folder: Option = click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder of results and report."
)
seed_option: Option = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True
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
