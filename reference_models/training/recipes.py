"""From a configuration file to a trainer, and from a trainer to finished weights."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from calobench._util.digest import sha256_of_file
from calobench.detectors import load_detector
from calobench.errors import SpecError
from reference_models.distillation.consistency import consistency_loss
from reference_models.marginals.energy import VisibleEnergyModel, fit_visible_energy
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE, N_SLOTS
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.config import DistillConfig, TrainConfig, read_config
from reference_models.training.dataset import Sample, TrainingSet, hold_out, read_sample
from reference_models.training.trainer import (
    Ema,
    Loss,
    Schedule,
    Trainer,
    diffusion_loss,
    fixed_validation,
)
from reference_models.weights_io import FinishedModel, load_model, save_model

__all__ = ["Recipe", "load_recipe"]

Files = dict[str, list[Path]]

_VALIDATION_BATCH = 120
# What the card of a student says of the one that it started from.
_START_KEYS = (
    "network_sha256", "teacher_network_sha256", "steps_done", "showers_seen", "wall_s", "started_from"
)  # fmt: skip


@dataclass
class Recipe:
    """A trainer with all that its result needs besides the network."""

    config: TrainConfig | DistillConfig
    files: Files
    train: list[Sample]
    data: TrainingSet
    trainer: Trainer
    teacher: FinishedModel | None = None
    start: FinishedModel | None = None

    def export(self) -> Path:
        """Write the averaged network, its tables and the model card; returns the weights' path."""
        path = self.config.weights
        energy = self.teacher.energy if self.teacher is not None else self._visible_energy()
        network = self.trainer.ema.network
        save_model(path, FinishedModel(network, self.data.transform, energy, self._card()))
        return path

    def _visible_energy(self) -> VisibleEnergyModel:
        return fit_visible_energy(
            {s.slot: s.showers.numpy() for s in self.train},
            {s.slot: s.energy.numpy().astype(np.float64) for s in self.train},
            {s.slot: s.theta.numpy().astype(np.float64) for s in self.train},
            N_SLOTS,
        )

    def _card(self) -> dict[str, Any]:
        state = self.trainer.state
        card: dict[str, Any] = {
            "name": self.config.weights.stem,
            "licence": "Apache-2.0",
            "detectors": list(self.files),
            "kind": self.config.kind,
            "training_data": [
                {"detector": name, "file": path.name, "sha256": sha256_of_file(path)}
                for name, paths in self.files.items()
                for path in paths
            ],
            "training_showers": sum(len(s.energy) for s in self.train),
            "held_out_fraction": self.config.validation_fraction,
            "optimizer": self.config.optimizer.model_dump(),
            "steps_done": state.step,
            "showers_seen": state.showers_seen,
            "wall_s": round(state.wall_s),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, trained on the CPU",
            "torch": torch.__version__,
            "loss_curve": [[s, round(t, 5), round(v, 5)] for s, t, v in self.trainer.curve],
            "loss_curve_columns": ["step", "training loss", "validation loss of the average"],
        }
        if isinstance(self.config, DistillConfig) and self.teacher is not None:
            card["teacher_network_sha256"] = self.teacher.card["network_sha256"]
            if self.start is not None and self.start is not self.teacher:
                card["started_from"] = {
                    key: self.start.card[key] for key in _START_KEYS if key in self.start.card
                }
            card["intervals"] = self.config.intervals
            card["target_decay"] = self.config.target_decay
        else:
            card["patch"] = list(self.trainer.network.config.patch)
        return card


def load_recipe(path: Path, kind: str | None = None) -> Recipe:
    """Read a configuration and its data.

    Args:
        path: YAML file.
        kind: ``train`` or ``distill``; None takes what the file says.

    Raises:
        SpecError: the file is missing, is of another kind, or has a wrong key.
    """
    config = read_config(path, kind)
    optimizer = config.optimizer
    if optimizer.batch_size % len(config.files):
        raise SpecError(
            f"{path}: optimizer.batch_size {optimizer.batch_size} must be a multiple of the "
            f"{len(config.files)} detectors, of which every batch has equally many showers"
        )
    torch.set_num_threads(optimizer.threads)
    torch.manual_seed(optimizer.seed)
    files = {
        name: [match for pattern in patterns for match in sorted(config.data_dir.glob(pattern))]
        for name, patterns in config.files.items()
    }
    train, validation = hold_out(_samples(files), config.validation_fraction)
    if isinstance(config, TrainConfig):
        return _training(config, files, train, validation)
    return _distillation(config, files, train, validation)


def _training(
    config: TrainConfig, files: Files, train: list[Sample], validation: list[Sample]
) -> Recipe:
    data = TrainingSet(train, config.offset_mev)
    held_out = TrainingSet(validation, config.offset_mev, data.transform)
    network = DiT(NetworkConfig(patch=config.patch, condition_size=CONDITION_SIZE))
    trainer = _trainer(config, network, data, held_out, diffusion_loss)
    return Recipe(config, files, train, data, trainer)


def _distillation(
    config: DistillConfig, files: Files, train: list[Sample], validation: list[Sample]
) -> Recipe:
    teacher = load_model(config.teacher)
    data = TrainingSet(train, teacher.transform.offset_mev, teacher.transform)
    held_out = TrainingSet(validation, teacher.transform.offset_mev, teacher.transform)
    start = load_model(config.student) if config.student else teacher
    student = DiT(teacher.network.config)
    student.load_state_dict(start.network.state_dict())
    target = Ema(student, config.target_decay)

    def loss_on(sample: TrainingSet, batch_size: int) -> Loss:
        return consistency_loss(
            sample, batch_size, config.intervals, teacher.network, lambda: target.network
        )

    trainer = _trainer(config, student, data, held_out, loss_on, target)
    return Recipe(config, files, train, data, trainer, teacher, start)


def _trainer(
    config: TrainConfig | DistillConfig,
    network: DiT,
    data: TrainingSet,
    held_out: TrainingSet,
    loss_on: Callable[[TrainingSet, int], Loss],
    target: Ema | None = None,
) -> Trainer:
    optimizer = config.optimizer
    return Trainer(
        network,
        loss_on(data, optimizer.batch_size),
        Schedule(optimizer.rate, optimizer.warm_up, optimizer.steps, optimizer.decay),
        optimizer.batch_size,
        CheckpointStore(config.output / "checkpoint.pt"),
        optimizer.ema_decay,
        fixed_validation(loss_on(held_out, _VALIDATION_BATCH)),
        optimizer.seed,
        target,
    )


def _samples(files: Files) -> list[Sample]:
    samples = []
    for name, paths in files.items():
        spec = load_detector(name)
        inclined = spec.staves.inclination_deg > 0
        symmetry = StaveSymmetry(spec.staves.count, mirror_y=not inclined)
        samples.append(read_sample(spec.name, paths, spec.one_hot_slot, symmetry))
    return samples
