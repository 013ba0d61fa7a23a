"""``python -m reference_models marginals|train|distill|progressive|adapt|scratch|transfer|weights``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from calobench._util.atomic import write_text
from calobench.errors import SpecError
from reference_models.devices import require_device
from reference_models.distillation.transfer import transfer
from reference_models.training.adaptation import adaptation
from reference_models.training.config import AdaptConfig, Config, parse_config, read_config
from reference_models.training.processes import ALONE, Processes, joined
from reference_models.training.recipe import Place, Recipe
from reference_models.training.recipes import make_recipes
from reference_models.training.trainer import TrainingState
from reference_models.weights_io import WEIGHTS_DIR

__all__ = ["COMMANDS"]

_FILE = click.Path(path_type=Path)
_CONFIG = click.option(
    "--config", required=True, type=_FILE, help="YAML, see reference_models/configs."
)
_DEVICE = click.option(
    "--device",
    default="cpu",
    show_default=True,
    help="cpu, cuda or cuda:N, where the network is trained.",
)
_HELP = {
    "marginals": "Train the model of the marginals.",
    "train": "Train the shape network, given the marginals.",
    "distill": "Distil a trained model into a consistency function.",
    "progressive": "Distil a trained model by halving its number of steps.",
    "adapt": "Train finished weights further on a detector of your own.",
    "scratch": "Train the same networks as 'adapt', but from nothing.",
}


def _trained(kind: str) -> click.Command:
    @click.command(kind, help=_HELP[kind])
    @_CONFIG
    @_DEVICE
    def command(config: Path, device: str) -> None:
        _run(read_config(config, kind), config, device)

    return command


def _adapted(kind: str) -> click.Command:
    @click.command(kind, help=f"{_HELP[kind]} Give --config, or files.")
    @click.option("--config", type=_FILE, help="YAML, see reference_models/configs/adapt.yaml.")
    @click.option("--detector", help="Name, or path of its YAML.")
    @click.option("--data", type=_FILE, multiple=True, help="Training showers; several times.")
    @click.option(
        "--test", type=_FILE, multiple=True, help="Showers that judge; refused if trained on."
    )
    @click.option("--start", type=_FILE, help="Finished weights.  [default: the ones that ship]")
    @click.option(
        "--replaces", multiple=True, help="Detector of the weights that gives up its slot."
    )
    @click.option("--out", type=_FILE, help="Folder of configuration, checkpoints and weights.")
    @_DEVICE
    def command(config: Path | None, device: str, **given: Any) -> None:
        if config is not None:
            if any(given.values()):
                raise SpecError(f"--config says all but --device; write the rest into {config}")
            _run(read_config(config, kind), config, device)
            return
        missing = [f"--{name}" for name in ("detector", "data", "out") if not given[name]]
        if missing:
            raise SpecError(f"{kind} needs --config, or {', '.join(missing)}")
        given["start"] = given["start"] or WEIGHTS_DIR / "edm_dit.safetensors"
        path = given["out"] / f"{kind}.yaml"
        content = adaptation(kind, **given)

        def keep() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, yaml.safe_dump(content, sort_keys=False))

        _run(parse_config(content, path), path, device, keep)

    return command


@click.command()
@_CONFIG
def weights(config: Path) -> None:
    """Write weights and model card from the newest checkpoint."""
    place = Place(require_device("cpu"), ALONE)
    for recipe in make_recipes(read_config(config), config, place):
        if not recipe.trainer.restore_result():
            raise SpecError(f"there is no {recipe.trainer.store.path}; train first")
        click.echo(f"wrote {recipe.export()}")


@click.command("transfer")
@click.option("--adapted", required=True, type=_FILE, help="Denoiser that 'adapt' wrote.")
@click.option(
    "--start",
    type=_FILE,
    help="Denoiser from which the adaptation started.  [default: the one that ships]",
)
@click.option(
    "--student", type=_FILE, help="Distilled from that.  [default: 'distilled', which ships]"
)
@click.option("--out", required=True, type=_FILE, help="Weights, beside the adapted ones.")
def _transfer(adapted: Path, start: Path | None, student: Path | None, out: Path) -> None:
    """Give an adapted denoiser the student of its start, without distilling again."""
    start = start or WEIGHTS_DIR / "edm_dit.safetensors"
    student = student or WEIGHTS_DIR / "edm_dit_distilled.safetensors"
    click.echo(f"wrote {transfer(student, start, adapted, out)}")


COMMANDS = (
    *(_trained(kind) for kind in ("marginals", "train", "distill", "progressive")),
    *(_adapted(kind) for kind in ("adapt", "scratch")),
    _transfer,
    weights,
)


def _nothing() -> None:
    pass


def _run(
    config: Config | AdaptConfig,
    path: Path,
    device: str,
    begun: Callable[[], None] = _nothing,
) -> None:
    """Train all that a configuration says; ``begun`` is called when its data and weights are accepted."""
    with joined(require_device(device)) as processes:
        for recipe in make_recipes(config, path, Place(require_device(device), processes)):
            if processes.rank == 0:
                begun()
            _train(recipe)
            if processes.rank == 0:
                click.echo(f"wrote {recipe.export()}")
            _wait(processes)


def _wait(processes: Processes) -> None:
    """Until the first process is here: it writes the weights that the next training reads."""
    processes.agreed(True)


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
