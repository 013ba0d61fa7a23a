"""``calobench place``: where the hits go in the detector's readout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import reading_options, seed_option
from calobench.cli._outputs import named_file, require_apart, require_free
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

if TYPE_CHECKING:
    from calobench.io.reading import Reading

__all__ = ["command"]

_HELP = """Place the showers of FILE into the readout cells of the detector.

Particles come from the middle of the detector, in the direction that FILE says. Writes a flat table,
one row per cell with energy: event, stave, layer, two indices of the cell, its centre in the frame of the
whole detector (mm) and its energy (MeV). All energy of a shower is in its cells, but for what falls outside
of the readout, which is told.

\b
Example:
  calobench place showers.h5 -o hits.h5
  calobench place showers.h5 -o hits.csv --method centre
  calobench place 'jobs/*.h5' -o hits.h5
"""


@click.command(help=_HELP)
@click.argument("file")
@click.option(
    "-o", "--out", required=True, type=FilePath(),
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
    "--points", type=click.IntRange(1, 10_000), default=1, show_default=True,
    help="Random points in a cell of the mesh, which share its energy.",
)  # fmt: skip
@reading_options
@seed_option
@click.option("--force", is_flag=True, help="Replace --out.")
def command(
    file: str,
    out: Path,
    detector: str | None,
    method: str,
    points: int,
    seed: int,
    force: bool,
    reading: Reading,
) -> None:
    """Place showers into readout cells."""
    from calobench import __version__
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.io.checks import check_conditions
    from calobench.io.detector import detector_of
    from calobench.io.formats import require_taken
    from calobench.io.hit_tables import open_hit_table
    from calobench.io.joined import open_showers
    from calobench.io.paths import paths_in
    from calobench.placement.readout import make_readout
    from calobench.placement.table import place_in_detector

    yaml = named_file(detector) if detector else None
    paths = paths_in(file)
    require_apart({**{f"FILE {path}": path for path in paths}, "--detector": yaml}, {"--out": out})
    require_free("--out", out, force=force)
    require_taken(reading, paths)
    spec = load_detector(detector) if detector else detector_of(paths, reading)
    readout = make_readout(spec)
    facts = {
        "calobench": __version__,
        "source": ", ".join(path.name for path in paths),
        "detector": spec.name,
        "geometry_hash": spec.geometry_hash,
        "method": method,
        "points": points,
        "seed": seed,
    }
    cells, outside, total = 0, 0.0, 0.0
    with open_showers(paths, reading.of(spec)) as sample:
        if sample.mesh is not None:
            spec.mesh_geometry.require_same(sample.mesh, str(sample.path))
        check_conditions(sample.conditions, spec, sample.name)
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
        for remark in sample.remarks():
            echo(f"warning: {remark}")
        lost = outside / total if total else 0.0
        echo(
            f"wrote {cells} cells of {len(sample)} showers to {out}; {lost:.3%} of their energy "
            "is outside of the readout"
        )
