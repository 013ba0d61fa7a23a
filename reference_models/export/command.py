"""``python -m reference_models export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from calobench._util.commit import Output, write_together
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, UnknownNameError
from reference_models.export.geometry import geometry_text
from reference_models.export.write import ENDINGS, Exported, export_model
from reference_models.variants import VARIANTS, make

__all__ = ["export", "geometry"]


@click.command()
@click.option("--variant", default="distilled", show_default=True, help="Of the reference models.")
@click.option(
    "--format", "kind", type=click.Choice(list(ENDINGS)), default="torchscript", show_default=True
)
@click.option(
    "--opset", type=click.Choice(["17", "20"]), help="Of ONNX; 17 is for old stacks.  [default: 20]"
)
@click.option(
    "--noise",
    type=click.Choice(["inside", "input"]),
    default="inside",
    show_default=True,
    help="Drawn inside, as Par04 and DDML need it, or a second input.",
)
@click.option("--unit", type=click.Choice(["GeV", "MeV"]), default="GeV", show_default=True)
@click.option(
    "--azimuth",
    type=click.Choice(["-pi", "0"]),
    default="-pi",
    show_default=True,
    help="Where the first azimuth bin begins: -pi for Par04, 0 for DDML.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="File.  [default: VARIANT.pt or .onnx]"
)
@click.option("--force", is_flag=True, help="Replace the file that is there.")
def export(
    variant: str,
    kind: str,
    opset: str | None,
    noise: str,
    unit: Any,
    azimuth: Any,
    out: Path | None,
    force: bool,
) -> None:
    """Write a variant as one file that Par04, DDML and calobench load, with a card beside it."""
    variants = {one.name: one for one in VARIANTS}
    if variant not in variants:
        raise UnknownNameError("variant", variant, variants)
    if opset is not None and kind != "onnx":
        raise ConditionsError(f"--opset {opset} is for --format onnx; leave it out")
    path = out or Path(f"{variant}{ENDINGS[kind]}")
    if path.suffix != ENDINGS[kind]:
        raise ConditionsError(f"--out {path}: a file of --format {kind} ends in {ENDINGS[kind]}")
    how = Exported(kind, int(opset or 20), noise, unit, azimuth)
    card = export_model(make(variants[variant], backend="eager"), how, path, replace=force)
    click.echo(f"wrote {path}\nwrote {card}")


@click.command()
@click.option(
    "--detector", required=True, help="A name from 'calobench detectors', or a YAML file."
)
@click.option("--out", type=click.Path(path_type=Path), help="File.  [default: NAME.geometry]")
@click.option("--force", is_flag=True, help="Replace the file that is there.")
def geometry(detector: str, out: Path | None, force: bool) -> None:
    """Write a detector's mesh, layers and readout cells for calobench-shower --hits."""
    spec = load_detector(detector)
    path = out or Path(f"{spec.name}.geometry")
    write_together([Output(path, geometry_text(spec).encode(), replace=force)])
    click.echo(f"wrote {path}")
