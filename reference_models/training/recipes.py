"""From a configuration file to a trainer, and from a trainer to finished weights."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from calobench._util.digest import sha256_of_file
from calobench.detectors import load_detector
from calobench.errors import SpecError
from reference_models.distillation.consistency import consistency_loss
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.sums import sums_of
from reference_models.marginals.training import MarginalsSet, fit_vectors, marginals_loss
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.config import (
    Config,
    DistillConfig,
    MarginalsConfig,
    TrainConfig,
    read_config,
)
from reference_models.training.dataset import (
    Sample,
    Tables,
    TrainingSet,
    fit_tables,
    hold_out,
    read_sample,
)
from reference_models.training.trainer import (
    Ema,
    Loss,
    Schedule,
    Trainer,
    diffusion_loss,
    fixed_validation,
)
from reference_models.weights_io import (
    FinishedModel,
    load_marginals,
    load_model,
    save_marginals,
    save_model,
)

__all__ = ["Recipe", "load_recipe"]

Files = dict[str, list[Path]]
Card = dict[str, Any]

_VALIDATION_BATCH = 120
# What a card says of the weights that a training started from.
_START_KEYS = (
    "network_sha256", "weights_sha256", "teacher_network_sha256", "steps_done", "showers_seen", "wall_s",
    "machine", "started_from",
)  # fmt: skip


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
    """

    config: Config
    files: Files
    train: list[Sample]
    trainer: Trainer
    write: Callable[[Card], None]
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


def load_recipe(path: Path, kind: str | None = None) -> Recipe:
    """Read a configuration and its data.

    Args:
        path: YAML file.
        kind: ``marginals``, ``train`` or ``distill``; None takes what the file says.

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
    if isinstance(config, MarginalsConfig):
        return _marginals(config, files, train, validation)
    if isinstance(config, TrainConfig):
        return _training(config, files, train, validation)
    return _distillation(config, files, train, validation)


def _marginals(
    config: MarginalsConfig, files: Files, train: list[Sample], validation: list[Sample]
) -> Recipe:
    standard = fit_vectors(train)
    layers, rings = train[0].showers.shape[3], train[0].showers.shape[1]
    network = MarginalsNetwork(
        1 + layers + rings + 2, CONDITION_SIZE, config.width, config.blocks, config.dropout
    )

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        return marginals_loss(MarginalsSet(samples, standard), batch_size)

    trainer = _trainer(config, network, train, validation, loss_on)

    def write(card: Card) -> None:
        averaged = trainer.ema.network
        if isinstance(averaged, MarginalsNetwork):
            save_marginals(config.weights, MarginalsModel(averaged, standard, layers), card)

    return Recipe(config, files, train, trainer, write)


def _training(
    config: TrainConfig, files: Files, train: list[Sample], validation: list[Sample]
) -> Recipe:
    marginals = load_marginals(config.marginals)
    start = load_model(config.start) if config.start else None
    if start is None:
        tables = fit_tables(train, config.offset_mev)
        told = sums_of(train[0].showers[:1].numpy()).logarithms().shape[1]
        network = DiT(NetworkConfig(patch=config.patch, condition_size=CONDITION_SIZE + told))
    else:
        tables = Tables(start.transform, start.scale)
        network = DiT(start.network.config)
        network.load_state_dict(start.network.state_dict())

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        return diffusion_loss(TrainingSet(samples, tables), batch_size)

    trainer = _trainer(config, network, train, validation, loss_on)

    def write(card: Card) -> None:
        averaged = trainer.ema.network
        if isinstance(averaged, DiT):
            model = FinishedModel(averaged, tables.transform, tables.scale, marginals, card)
            save_model(config.weights, model)

    extra = {"patch": list(network.config.patch), **_started_from(start)}
    return Recipe(config, files, train, trainer, write, extra)


def _distillation(
    config: DistillConfig, files: Files, train: list[Sample], validation: list[Sample]
) -> Recipe:
    teacher = load_model(config.teacher)
    tables = Tables(teacher.transform, teacher.scale)
    start = load_model(config.start) if config.start else teacher
    student = DiT(start.network.config)
    student.load_state_dict(start.network.state_dict())
    target = Ema(student, config.target_decay)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        data = TrainingSet(samples, tables)
        return consistency_loss(
            data, batch_size, config.intervals, teacher.network, lambda: target.network
        )

    trainer = _trainer(config, student, train, validation, loss_on, target)

    def write(card: Card) -> None:
        averaged = trainer.ema.network
        if isinstance(averaged, DiT):
            model = FinishedModel(averaged, tables.transform, tables.scale, teacher.marginals, card)
            save_model(config.weights, model)

    extra = {
        "teacher_network_sha256": teacher.card["network_sha256"],
        "intervals": config.intervals,
        "target_decay": config.target_decay,
        **(_started_from(start) if config.start else {}),
    }
    return Recipe(config, files, train, trainer, write, extra)


def _started_from(start: FinishedModel | None) -> Card:
    if start is None:
        return {}
    return {"started_from": {key: start.card[key] for key in _START_KEYS if key in start.card}}


def _trainer(
    config: Config,
    network: torch.nn.Module,
    train: list[Sample],
    validation: list[Sample],
    loss_on: Callable[[list[Sample], int], Loss],
    target: Ema | None = None,
) -> Trainer:
    optimizer = config.optimizer
    return Trainer(
        network,
        loss_on(train, optimizer.batch_size),
        Schedule(optimizer.rate, optimizer.warm_up, optimizer.steps, optimizer.decay),
        optimizer.batch_size,
        CheckpointStore(config.output / "checkpoint.pt"),
        optimizer.ema_decay,
        fixed_validation(loss_on(validation, _VALIDATION_BATCH)),
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
