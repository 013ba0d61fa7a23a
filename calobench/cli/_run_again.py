"""The call that made a run, read back from its results."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from calobench.cli._options import named_model
from calobench.errors import ResultsError
from calobench.harness.more_showers import MoreShowers
from calobench.results.schema import Results

__all__ = ["more_showers_of"]


def more_showers_of(results: Results, path: Path) -> MoreShowers:
    """The source of more showers of a run, from its command line; files are relative to this folder.

    Args:
        results: of the run.
        path: their file, for messages.

    Raises:
        ResultsError: they were not made by ``calobench run``.
        CalobenchError: the model, the detector or a file that the call names is not there.
    """
    from calobench.cli.run import command
    from calobench.detectors import load_detector
    from calobench.io.reading import Reading

    given = results.run.command
    try:
        # What is no call of this command lacks its options.
        options = command.make_context("run", shlex.split(given)[2:]).params
        model = named_model(options["model"], options["model_args"], options["device"])
    except (ValueError, KeyError, click.ClickException) as error:
        raise ResultsError(
            f"--escalate: {path} does not say how to make more showers (its command is '{given}'); "
            "make it with 'calobench run'"
        ) from error
    reading = Reading.declared(
        options["format_name"], options["axes"], options["unit"], options["collections"]
    )
    detector = load_detector(options["detector"])
    return MoreShowers(results, model, detector, options["reference"], reading)
