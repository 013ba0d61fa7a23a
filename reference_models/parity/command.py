"""``calobench parity``, or ``python -m reference_models parity``: its help needs none of what it uses."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.errors import MissingPackageError, ModelError, UnknownNameError
from reference_models.variants import VARIANTS

if TYPE_CHECKING:
    from reference_models.parity.record import Parity

__all__ = ["parity"]

_WIDTH = 140


@click.command()
@click.option(
    "--model", "--variant", "variant", default="distilled", show_default=True,
    help="A variant of the reference models: distilled, solver or full.",
)  # fmt: skip
@click.option("--detector", default="ALLEGRO", show_default=True)
@click.option("-n", type=click.IntRange(2, 1000), default=16, show_default=True, help="Showers.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write all numbers here, as JSON.")
@click.option("--force", is_flag=True, help="Replace the file that is there.")
def parity(variant: str, detector: str, n: int, seed: int, out: Path | None, force: bool) -> None:
    """The same noise through every way of evaluation: how far each is from double precision."""
    from rich.console import Console

    from calobench._util.commit import Output, write_together
    from calobench.detectors import load_detector

    try:
        from reference_models.parity.compare import compare
    except ImportError as error:
        raise MissingPackageError(
            f"parity needs onnx and onnxruntime ({error}); pip install 'calobench[onnx]'"
        ) from error
    variants = {one.name: one for one in VARIANTS}
    if variant not in variants:
        raise UnknownNameError("variant", variant, variants)
    console = Console(stderr=True)
    record = compare(
        variants[variant],
        load_detector(detector),
        n,
        seed,
        lambda name: console.print(f"done: {name}") if console.is_terminal else None,
    )
    _show(record)
    if out is not None:
        text = json.dumps(asdict(record), indent=1) + "\n"
        write_together([Output(out, text.encode(), replace=force)])
        click.echo(f"wrote {out}")
    if record.faults:
        raise ModelError(f"other showers for the same noise: {'; '.join(record.faults)}")


def _show(record: Parity) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{record.variant} on {record.detector}, {record.n} showers, seed {record.seed}: against "
        "double precision",
        caption="of a cell: above 1 % of the hottest; flipped: empty in one only; moved: mean of observables",
    )
    for heading in ("way", "worst cell", "of hottest", "of a cell", "flipped", "moved", "CPU", ""):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for name, one in record.differences.items():
        table.add_row(
            name,
            f"{one.absolute_mev:.1e} MeV",
            f"{one.of_hottest:.1e}",
            f"{one.of_cell:.1e}",
            f"{one.flipped:.1e}",
            f"{one.moved:.1e} σ",
            f"{record.cpu_ms[name]:.1f} ms",
            one.verdict,
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file or a log wraps nothing
    console.print(table)
    for name, step in record.first.items():
        console.print(f"{name}: {step or 'no operation differs by more than rounding'}")
    for name, repeated in record.repeated.items():
        told = "THE SAME showers" if repeated else "other showers"
        console.print(f"noise drawn inside, {name}: {told}")
