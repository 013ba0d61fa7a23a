"""``calobench models``: what can be benchmarked by name."""

from __future__ import annotations

import click

from calobench.cli._terminal import make_console, show_table

__all__ = ["command"]


@click.command()
def command() -> None:
    """List the registered models."""
    from rich.table import Table

    from calobench.errors import CalobenchError
    from calobench.models.calls import model_info
    from calobench.models.registry import load_model, registered_models

    table = Table()
    for heading in ("name", "NFE", "parameters", "device", "detectors", "description"):
        table.add_column(heading, overflow="fold")
    for name, entry in registered_models().items():
        try:
            info = model_info(load_model(name), name)
        except CalobenchError as error:
            table.add_row(name, "", "", "", "", f"cannot be loaded from {entry.value}: {error}")
            continue
        table.add_row(
            name,
            "" if info.nfe is None else str(info.nfe),
            "" if info.parameters is None else f"{info.parameters:,}",
            info.device,
            ", ".join(info.detectors) or "any",
            info.description,
        )
    console = make_console()
    show_table(console, table)
    console.print(
        "Arguments: --model edm:sampler=dpmpp_3m,nfe=25, or --model-arg sampler=dpmpp_3m. Others: --model "
        "package.module:factory, a trained file (FILE.pt, FILE.onnx, FILE.safetensors), or FILE.h5 for "
        "showers made elsewhere."
    )
