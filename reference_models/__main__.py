"""``python -m reference_models marginals|train|distill|weights|export|parity``: training, and files."""

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
from reference_models.export.command import export
from reference_models.parity.command import parity
from reference_models.training.recipes import Recipe, load_recipe
from reference_models.training.trainer import TrainingState

__all__ = ["main"]

_CONFIG = click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML, see reference_models/configs.",
)


@click.group()
def main() -> None:
    """Train and distil the EDM diffusion transformer; interrupted runs continue where they were."""


@main.command()
@_CONFIG
def marginals(config: Path) -> None:
    """Train the model of the marginals."""
    _run(load_recipe(config, "marginals"))


@main.command()
@_CONFIG
def train(config: Path) -> None:
    """Train the shape network, given the marginals."""
    _run(load_recipe(config, "train"))


@main.command()
@_CONFIG
def distill(config: Path) -> None:
    """Distil a trained model into a consistency function."""
    _run(load_recipe(config, "distill"))


@main.command()
@_CONFIG
def weights(config: Path) -> None:
    """Write weights and model card from the newest checkpoint."""
    recipe = load_recipe(config)
    recipe.trainer.resume()
    click.echo(f"wrote {recipe.export()}")


main.add_command(export)
main.add_command(parity)


def _run(recipe: Recipe) -> None:
    console = Console(stderr=True)
    trainer = recipe.trainer
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

        trainer.run(report)
    click.echo(f"wrote {recipe.export()}")


if __name__ == "__main__":
    try:
        main()
    except CalobenchError as error:
        click.echo(f"reference_models: error: {error}", err=True)
        sys.exit(error.exit_code)
