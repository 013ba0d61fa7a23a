"""``python -m reference_models marginals|train|distill|calibrate|weights|export|geometry|parity``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from calobench.errors import CalobenchError
from reference_models.devices import require_device
from reference_models.export.command import export, geometry
from reference_models.parity.command import parity
from reference_models.training.processes import joined
from reference_models.training.recipe import Recipe
from reference_models.training.recipes import load_recipe
from reference_models.training.trainer import TrainingState

__all__ = ["main"]

_CONFIG = click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML, see reference_models/configs.",
)
_DEVICE = click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="cpu, cuda or cuda:N, where the network is trained.",
)


@click.group()
def main() -> None:
    """Train and distil the EDM diffusion transformer; interrupted runs continue where they were."""


@main.command()
@_CONFIG
@_DEVICE
def marginals(config: Path, device: str) -> None:
    """Train the model of the marginals."""
    _run(config, "marginals", device)


@main.command()
@_CONFIG
@_DEVICE
def train(config: Path, device: str) -> None:
    """Train the shape network, given the marginals."""
    _run(config, "train", device)


@main.command()
@_CONFIG
@_DEVICE
def distill(config: Path, device: str) -> None:
    """Distil a trained model into a consistency function."""
    _run(config, "distill", device)


@main.command()
@_CONFIG
def calibrate(config: Path) -> None:
    """Set noise, low cells and spread of finished weights by training showers of each detector."""
    from reference_models.calibration.recipe import calibrate_weights

    def report(detector: str, result: str) -> None:
        click.echo(f"{detector}: {result}", err=True)

    click.echo(f"wrote {calibrate_weights(config, report)}")


@main.command()
@_CONFIG
def weights(config: Path) -> None:
    """Write weights and model card from the newest checkpoint."""
    recipe = load_recipe(config)
    recipe.trainer.resume()
    click.echo(f"wrote {recipe.export()}")


main.add_command(export)
main.add_command(geometry)
main.add_command(parity)


def _run(config: Path, kind: str, device: str) -> None:
    with joined(require_device(device)) as processes:
        recipe = load_recipe(config, kind, device, processes)
        _train(recipe)
        if processes.rank == 0:
            click.echo(f"wrote {recipe.export()}")


def _train(recipe: Recipe) -> None:
    trainer = recipe.trainer
    console = Console(stderr=True, quiet=recipe.place.processes.rank > 0)
    if trainer.resume():
        console.print(f"continuing after step {trainer.state.step}")
    columns = (
        TextColumn("step"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    logged = len(trainer.curve)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=trainer.schedule.steps, completed=trainer.state.step)

        def report(state: TrainingState, loss: float) -> None:
            nonlocal logged
            bar.update(task, completed=state.step, description=f"loss {loss:.3f}")
            if len(trainer.curve) > logged:
                logged = len(trainer.curve)
                step, training, validation = trainer.curve[-1]
                console.print(
                    f"step {step}: loss {training:.4f}, validation {validation:.4f}, "
                    f"{state.showers_seen / state.wall_s:.0f} showers/s"
                )

        trainer.run(report, recipe.config.optimizer.checkpoint_every_s)


if __name__ == "__main__":
    try:
        main()
    except CalobenchError as error:
        click.echo(f"reference_models: error: {error}", err=True)
        sys.exit(error.exit_code)
