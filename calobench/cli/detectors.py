"""``calobench detectors``: the detectors that ship with calobench, or one of them in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calobench.cli._terminal import make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.detectors import DetectorSpec
    from calobench.detectors.spec import Section

__all__ = ["command"]


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List all detectors, or show the one called NAME (name, alias or path of a YAML)."""
    from calobench.detectors import detector_names, load_detector

    screen = make_console()
    if name is None:
        show_table(screen, _overview([load_detector(known) for known in detector_names()]))
    else:
        spec = load_detector(name)
        for table in (_details(spec), *map(_stack, spec.sections), _sources(spec)):
            show_table(screen, table)


def _overview(specs: list[DetectorSpec]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0))
    headings = ("Name", "Alias", "Layers", "Depth\nmm", "Mesh\nr,phi,z", "dr,dz\nmm")
    for heading in (*headings, "Energy\nGeV", "theta\nrad", "Sampl.\nfraction"):
        table.add_column(heading, no_wrap=True)
    for spec in specs:
        table.add_row(
            spec.name,
            ",".join(spec.aliases),
            f"{spec.n_periods}",
            f"{spec.depth_mm:.4g}",
            "x".join(map(str, spec.mesh_geometry.shape)),
            f"{spec.mesh.dr_mm:g},{spec.mesh.dz_mm:g}",
            _span(spec.energy_range_mev, 1000),
            _span(spec.theta_range),
            f"{spec.sampling_fraction:.4g}",
        )
    return table


def _details(spec: DetectorSpec) -> Table:
    from rich.table import Table

    staves = spec.staves
    shape = "cylinder"
    if staves.count:
        shape = f"polygon of {staves.count} staves"
    elif staves.inclination_deg:
        shape = f"plates whose normal is {staves.inclination_deg:g} degrees from the radius"
    table = Table(title=f"{spec.name}: {spec.description}", show_header=False)
    rows = {
        "aliases": ", ".join(spec.aliases) or "none",
        "inner radius": f"{spec.inner_radius_mm:g} mm",
        "shape": shape,
        "stack": f"{_periods(spec)}, {spec.depth_mm:.4g} mm deep",
        "mesh": str(spec.mesh_geometry),
        "incident energy": f"{_span(spec.energy_range_mev, 1000)} GeV",
        "theta": f"{_span(spec.theta_range)} rad",
        "sampling fraction": f"{spec.sampling_fraction:.4g}",
        "one-hot slot": f"{spec.one_hot_slot}",
        "geometry hash": spec.geometry_hash[:16],
    }
    for label, value in rows.items():
        table.add_row(label, value)
    return table


def _stack(section: Section) -> Table:
    from rich.table import Table

    table = Table(title=f"One of {section.periods} periods, from the inside")
    table.add_column("Material")
    table.add_column("Thickness, mm", justify="right")
    table.add_column("Active")
    for layer in section.layers:
        table.add_row(layer.material, f"{layer.thickness_mm:g}", "yes" if layer.active else "")
    return table


def _sources(spec: DetectorSpec) -> Table:
    from rich.table import Table

    table = Table(title="Where the numbers come from", show_header=False)
    for number, source in spec.sources.items():
        table.add_row(number, source)
    return table


def _periods(spec: DetectorSpec) -> str:
    return ", then ".join(f"{s.periods} periods of {len(s.layers)} sheets" for s in spec.sections)


def _span(limits: tuple[float, float], unit: float = 1) -> str:
    return f"{limits[0] / unit:g}-{limits[1] / unit:g}"
