"""``calobench place``: where the hits go in the detector's readout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import seed_option
from calobench.cli._outputs import named_file, require_apart, require_free
from calobench.cli._terminal import echo
from calobench.errors import ShowerFileError

if TYPE_CHECKING:
    from calobench.detectors import DetectorSpec

__all__ = ["command"]

_HELP = """Place the showers of FILE (LEMURS layout) into the readout cells of the detector.

Particles come from the middle of the detector, in the direction that FILE says. Writes a flat table,
one row a cell with energy: event, stave, layer, two indices of the cell, its centre in the frame of the
whole detector (mm) and its energy (MeV). All energy of a shower is in its cells, but for what falls outside
of the readout, which is told.

\b
Example:
  calobench place showers.h5 -o hits.h5
  calobench place showers.h5 -o hits.csv --method centre
"""


@click.command(help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path),
    help="HDF5 file to write, or text if the name ends in .csv.",
)  # fmt: skip
@click.option("--detector", help="Name, alias or YAML; without it, what FILE says.")
@click.option(
    "--method",
    default="radial",
    show_default=True,
    help="Where in a cell of the mesh its energy is: centre, uniform or radial (random points that "
    "follow the shower's own profile).",
)
@click.option(
    "--points", type=int, default=1, show_default=True,
    help="Random points in a cell of the mesh, which share its energy.",
)  # fmt: skip
@seed_option
@click.option("--force", is_flag=True, help="Replace --out.")
def command(
    file: Path, out: Path, detector: str | None, method: str, points: int, seed: int, force: bool
) -> None:
    """Place showers into readout cells."""
    from calobench import __version__
    from calobench.cli._progress import RichProgress
    from calobench.io import LemursFile
    from calobench.io.checks import check_conditions
    from calobench.io.hit_tables import open_hit_table
    from calobench.placement.readout import make_readout
    from calobench.placement.table import place_in_detector

    yaml = named_file(detector) if detector else None
    require_apart({"FILE": file, "--detector": yaml}, {"--out": out})
    require_free("--out", out, force=force)
    spec = _detector(file, detector)
    readout = make_readout(spec)
    facts = {
        "calobench": __version__,
        "source": file.name,
        "detector": spec.name,
        "geometry_hash": spec.geometry_hash,
        "method": method,
        "points": points,
        "seed": seed,
    }
    cells, outside, total = 0, 0.0, 0.0
    with LemursFile(file, spec.mesh_geometry.shape) as sample:
        if sample.mesh is not None:
            spec.mesh_geometry.require_same(sample.mesh, str(file))
        check_conditions(sample.conditions, spec, file)
        placed = place_in_detector(
            sample.chunks(200), readout, sample.columns.get("vertex_yz"),
            method=method, points=points, seed=seed,
        )  # fmt: skip
        bar = RichProgress().stage("placing", len(sample))
        with bar as progress, open_hit_table(out, facts, replace=force) as table:
            for chunk in placed:
                table.append(chunk.hits)
                cells += len(chunk.hits.energy)
                outside += chunk.outside
                total += chunk.outside + float(chunk.hits.energy.sum())
                progress(chunk.showers)
        lost = outside / total if total else 0.0
        echo(
            f"wrote {cells} cells of {len(sample)} showers to {out}; {lost:.3%} of their energy "
            "is outside of the readout"
        )


def _detector(file: Path, name: str | None) -> DetectorSpec:
    from calobench.detectors import detector_names, load_detector
    from calobench.io.hdf5 import open_hdf5, read_attributes

    if name is not None:
        return load_detector(name)
    with open_hdf5(file) as opened:
        stated = read_attributes(opened, file).get("detector")
    # Only names that ship with calobench: a path in a stranger's file is not followed.
    for spec in map(load_detector, detector_names()):
        if isinstance(stated, str) and spec.is_called(stated):
            return spec
    raise ShowerFileError(f"{file} does not name a known detector; give it with --detector")
