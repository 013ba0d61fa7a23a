"""``calobench inspect``: what a file of showers holds, and whether its units look right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calobench.cli._options import reading_options
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from calobench.detectors import DetectorSpec
    from calobench.io.joined import JoinedFiles
    from calobench.io.reading import Reading
    from calobench.io.summary import SampleSummary

__all__ = ["command"]


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--detector", help="Name, alias or YAML; without it, what the file says.")
@reading_options
def command(files: tuple[str, ...], detector: str | None, reading: Reading) -> None:
    """Show what FILE, or several as one sample, holds; check its values and warn of odd units."""
    from calobench.detectors import load_detector
    from calobench.io.detector import detector_called
    from calobench.io.formats import require_taken
    from calobench.io.joined import open_showers
    from calobench.io.paths import paths_in

    asked = load_detector(detector) if detector else None
    paths = [path for file in files for path in paths_in(file)]
    require_taken(reading, paths)
    with open_showers(paths, reading.of(asked)) as sample:
        spec = asked or detector_called(sample.detector)
        summary = _summarise(sample)
        _show(sample, summary, spec)
        for text in _warnings(sample, summary, spec):
            echo(f"warning: {text}")


def _summarise(sample: JoinedFiles) -> SampleSummary:
    from calobench.cli._progress import RichProgress
    from calobench.io.summary import summarise

    with RichProgress().stage("reading", len(sample)) as progress:
        return summarise(sample, progress=progress)


def _show(sample: JoinedFiles, summary: SampleSummary, spec: DetectorSpec | None) -> None:
    from rich.table import Table

    incident = sample.conditions
    expected = f"; {spec.name} has {spec.sampling_fraction:g}" if spec else ""
    shape = " x ".join(map(str, sample.shape))
    table = Table(title=sample.name, show_header=False)
    rows = {
        "format": sample.format_name,
        "detector": sample.detector or "not stated",
        "made with": sample.description or "not stated",
        "showers": f"{summary.n} of {shape} cells (r, phi, z), {sample.dtype}",
        "mesh": str(sample.mesh or "not stated"),
        "incident energy": f"{incident.energy.min():.6g} to {incident.energy.max():.6g} MeV",
        "theta": f"{incident.theta.min():.4f} to {incident.theta.max():.4f} rad",
        "phi": f"{incident.phi.min():.4f} to {incident.phi.max():.4f} rad",
        "mean visible energy": f"{summary.mean_visible_mev:.5g} MeV",
        "sampling fraction": (
            f"{summary.sampling_fraction:.4g} +- {summary.sampling_fraction_error:.1g}{expected}"
        ),
        "empty showers": f"{summary.empty_showers} of {summary.n}",
        "empty cells": f"{summary.empty_cell_fraction:.2%}",
        "other data sets": ", ".join(sample.columns) or "none",
    }
    for label, value in rows.items():
        table.add_row(label, value)
    show_table(make_console(), table)


def _warnings(sample: JoinedFiles, summary: SampleSummary, spec: DetectorSpec | None) -> list[str]:
    from calobench.errors import ConditionsError, MeshMismatchError, ShowerFileError
    from calobench.io import checks

    warnings = checks.response_warnings(summary.sampling_fraction, sample.conditions, spec)
    warnings += sample.remarks()
    try:
        sample.require_unweighted()
    except ShowerFileError as error:
        warnings.append(str(error))
    if spec is None:
        named = f"'{sample.detector}' is not a known detector" if sample.detector else ""
        return [*warnings, f"{named or 'the file names no detector'}; compare with --detector NAME"]
    try:
        if sample.mesh is not None:
            spec.mesh_geometry.require_same(sample.mesh, sample.name)
        checks.check_conditions(sample.conditions, spec, sample.name)
    except (ConditionsError, MeshMismatchError) as error:
        warnings.append(str(error))
    return warnings
