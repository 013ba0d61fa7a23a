"""A training with all that its result needs: data, trainer, card."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from calobench._util.digest import sha256_of_file
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.config import Config
from reference_models.training.dataset import Sample
from reference_models.training.files import Files, fingerprint
from reference_models.training.processes import Processes
from reference_models.training.schedule import Schedule, Stopping
from reference_models.training.step import Loss
from reference_models.training.trainer import Ema, Trainer, fixed_validation

__all__ = ["Card", "Place", "Recipe", "make_trainer"]

_VALIDATION_BATCH = 120

Card = dict[str, Any]
"""Of a model; for people, and for what checks the weights."""


@dataclass(frozen=True)
class Place:
    """Machine and processes of a training.

    Attributes:
        device: of the network.
        processes: that train it together.
    """

    device: torch.device
    processes: Processes

    @property
    def captures(self) -> bool:
        """Whether a step may be one CUDA graph."""
        return self.device.type == "cuda" and self.processes.count == 1


@dataclass
class Recipe:
    """A trainer with all that its result needs besides the network.

    Attributes:
        config: the configuration.
        files: training files of each detector.
        train: training showers of each detector.
        trainer: the trainer.
        write: ``(card)``: writes the result of the training to ``config.weights``.
        extra: what the card says besides.
        place: where it is trained.
    """

    config: Config
    files: Files
    train: list[Sample]
    trainer: Trainer
    write: Callable[[Card], None]
    place: Place
    extra: Mapping[str, Any] = field(default_factory=dict)

    def export(self) -> Path:
        """Write the averaged network, its tables and the model card; returns the weights' path."""
        self.write({**self._card(), **self.extra})
        return self.config.weights

    def _card(self) -> Card:
        state = self.trainer.state
        return {
            "name": self.config.weights.stem,
            "licence": "Apache-2.0",
            "detectors": [sample.name for sample in self.train],
            "one_hot_slots": {sample.name: sample.slot for sample in self.train},
            "kind": self.config.kind,
            "training_data": [
                {"detector": sample.name, "file": path.name, "sha256": sha256_of_file(path)}
                for sample, paths in zip(self.train, self.files.values(), strict=True)
                for path in paths
            ],
            "training_showers": sum(len(s.energy) for s in self.train),
            "held_out_fraction": self.config.validation_fraction,
            "optimizer": self.config.optimizer.model_dump(),
            "steps_done": state.step,
            "showers_seen": state.showers_seen,
            "wall_s": round(state.wall_s),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, trained on "
            f"{self.place.device.type}, processes: {self.place.processes.count}",
            "torch": torch.__version__,
            "loss_curve": [[s, round(t, 5), round(v, 5)] for s, t, v in self.trainer.curve],
            "loss_curve_columns": ["step", "training loss", "validation loss of the average"],
        }


def make_trainer(
    config: Config,
    files: Files,
    network: torch.nn.Module,
    train: list[Sample],
    validation: list[Sample],
    loss_on: Callable[[list[Sample], int], Loss],
    place: Place,
    target: Ema | None = None,
    *,
    same_step: bool = False,
) -> Trainer:
    """The trainer of a network.

    Args:
        config: of the training.
        files: training files of each detector.
        network: the network to train.
        train: training showers.
        validation: held-out showers.
        loss_on: ``(showers, batch size)``: the loss on random batches of them.
        place: where it is trained.
        target: a second average that the loss uses.
        same_step: the loss is the same at every step, and its batches are drawn on the device: a GPU may
            capture it.
    """
    optimizer = config.optimizer
    # Dropout differs between processes; the network that they start from does not.
    torch.manual_seed(optimizer.seed + place.processes.rank)
    captured = same_step and place.captures
    if optimizer.compiled and captured:
        network.compile()
    return Trainer(
        network.to(place.device),
        loss_on(train, optimizer.batch_size),
        Schedule(optimizer.rate, optimizer.warm_up, optimizer.steps, optimizer.decay),
        optimizer.batch_size,
        CheckpointStore(config.output / "checkpoint.pt"),
        optimizer.ema_decay,
        fixed_validation(loss_on(validation, _VALIDATION_BATCH)),
        optimizer.seed,
        target,
        fingerprint(config, files),
        Stopping(optimizer.curve_every, optimizer.patience),
        place.processes,
        optimizer.precision,
        captured=captured,
    )
