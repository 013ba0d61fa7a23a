"""``calobench convert``: any readable file of showers to the LEMURS layout, packed or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import reading_options
from calobench.cli._outputs import named_file, require_apart, require_free
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

if TYPE_CHECKING:
    from calobench.io.joined import JoinedFiles
    from calobench.io.reading import Reading

__all__ = ["command"]

_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command()
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT", type=FilePath())
@reading_options
@click.option("--detector", help="Name, alias or YAML of the detector, noted in OUT.")
@click.option("--divide-by", type=_POSITIVE, help="Divide shower energies by this.")
@click.option(
    "--sampling-fraction",
    type=_POSITIVE,
    help="What shower energies in IN were divided by; they are multiplied back. "
    "CaloChallenge: 0.033 unless told.",
)
@click.option(
    "--energy-unit",
    type=click.Choice(["MeV", "GeV"]),
    default="MeV",
    show_default=True,
    help="Unit of shower and incident energies in IN, where it is another than the format says.",
)
@click.option(
    "--packed",
    "mantissa_bits",
    type=click.IntRange(1, 10),
    metavar="BITS",
    help="Write filled cells only, with this many bits of mantissa (10: 0.05 %; a third smaller).",
)
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def command(
    sources: tuple[str, ...],
    target: Path,
    detector: str | None,
    divide_by: float | None,
    sampling_fraction: float | None,
    energy_unit: str,
    mantissa_bits: int | None,
    force: bool,
    reading: Reading,
) -> None:
    """Write the showers of IN to OUT in the LEMURS layout: raw deposits in MeV, (N, r, phi, z).

    Several files IN are joined, in the order given.
    """
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.io.conversion import convert
    from calobench.io.formats import require_taken
    from calobench.io.joined import open_showers
    from calobench.io.paths import paths_in

    yaml = named_file(detector) if detector else None
    paths = [path for source in sources for path in paths_in(source)]
    for source in paths:
        require_apart({"IN": source, "--detector": yaml}, {"OUT": target})
    require_free("OUT", target, force=force)
    require_taken(reading, paths)
    spec = load_detector(detector) if detector else None
    unit = 1000 if energy_unit == "GeV" else 1
    factor = unit / divide_by if divide_by else unit
    reading = replace(reading.of(spec), sampling_fraction=sampling_fraction)
    with open_showers(paths, reading) as files:
        note = _note(files, factor, unit)
        with RichProgress().stage("converting", len(files)) as progress:
            written = convert(
                files,
                target,
                shower_factor=factor,
                incident_factor=unit,
                detector=spec,
                note=note,
                replace=force,
                mantissa_bits=mantissa_bits,
                progress=progress,
            )
        remarks = files.remarks()
    for remark in remarks:
        echo(f"warning: {remark}")
    echo(f"{note}\nwrote {written} showers to {target}; look at them with calobench inspect")


def _note(sample: JoinedFiles, factor: float, unit: float) -> str:
    showers = sample.files[0]
    total = factor * showers.sampling_fraction
    names = ", ".join(file.path.name for file in sample.files)
    reasons = []
    if showers.sampling_fraction != 1:
        reasons.append(f"sampling fraction {showers.sampling_fraction:g} undone")
    if unit != 1:
        reasons.append("GeV to MeV")
    if factor != unit:
        reasons.append(f"divided by {unit / factor:g} as asked")
    because = f" ({', '.join(reasons)})" if reasons else ""
    return (
        f"from {names} ({showers.format_name}): shower energies times "
        f"{total:g}{because}, incident energies times {unit:g}"
    )
