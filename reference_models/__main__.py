"""``python -m reference_models``: training, adaptation, distillation, calibration and export."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from calobench.errors import CalobenchError
from reference_models.export.command import export, geometry
from reference_models.parity.command import parity
from reference_models.training.command import COMMANDS

__all__ = ["main"]


@click.group()
def main() -> None:
    """Train and distil the EDM diffusion transformer; interrupted runs continue where they were."""


@main.command()
@click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML, see reference_models/configs.",
)
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="cpu, cuda or cuda:N, where the network makes showers.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Detectors that are calibrated at the same time.",
)
def calibrate(config: Path, device: str, workers: int) -> None:
    """Set noise, low cells and spread of finished weights by training showers of each detector."""
    from reference_models.calibration.recipe import calibrate_weights

    def report(detector: str, result: str) -> None:
        click.echo(f"{detector}: {result}", err=True)

    click.echo(f"wrote {calibrate_weights(config, report, device, workers)}")


for command in (*COMMANDS, export, geometry, parity):
    main.add_command(command)


if __name__ == "__main__":
    try:
        main()
    except CalobenchError as error:
        click.echo(f"reference_models: error: {error}", err=True)
        sys.exit(error.exit_code)
