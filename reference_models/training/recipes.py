"""From a configuration file to a trainer, and from a trainer to finished weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from calobench.errors import SpecError
from reference_models.devices import require_device
from reference_models.distillation.consistency import consistency_loss
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.sums import sums_of
from reference_models.marginals.training import MarginalsSet, fit_vectors, marginals_loss
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE
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
)
from reference_models.training.diffusion import diffusion_loss
from reference_models.training.files import (
    Files,
    fingerprint,
    read_samples,
    require_unseen,
    training_files,
)
from reference_models.training.processes import ALONE, Processes
from reference_models.training.recipe import Card, Place, Recipe
from reference_models.training.trainer import (
    Ema,
    Loss,
    Schedule,
    Stopping,
    Trainer,
    fixed_validation,
)
from reference_models.weights_io import (
    FinishedModel,
    load_marginals,
    load_model,
    save_marginals,
    save_model,
)

__all__ = ["load_recipe"]

_VALIDATION_BATCH = 120
# What a card says of the weights that a training started from.
_START_KEYS = (
    "network_sha256", "weights_sha256", "teacher_network_sha256", "steps_done", "showers_seen", "wall_s",
    "machine", "started_from",
)  # fmt: skip


def load_recipe(
    path: Path, kind: str | None = None, device: str = "cpu", processes: Processes = ALONE
) -> Recipe:
    """Read a configuration and its data.

    Args:
        path: YAML file.
        kind: ``marginals``, ``train`` or ``distill``; None takes what the file says.
        device: ``cpu``, ``cuda`` or ``cuda:N``, where the network is trained.
        processes: that train it.

    Raises:
        SpecError: the file is missing, is of another kind, or has a wrong key; a training shower is one of
            the showers that judge.
        DeviceError: the device is not there.
    """
    place = Place(require_device(device), processes)
    config = read_config(path, kind)
    optimizer = config.optimizer
    if optimizer.batch_size % len(config.files):
        raise SpecError(
            f"{path}: optimizer.batch_size {optimizer.batch_size} must be a multiple of the "
            f"{len(config.files)} detectors, of which every batch has equally many showers"
        )
    torch.set_num_threads(optimizer.threads)
    torch.manual_seed(optimizer.seed)
    files = training_files(config.data_dir, config.files)
    samples = read_samples(files)
    require_unseen(samples)
    train, validation = hold_out(samples, config.validation_fraction)
    if isinstance(config, MarginalsConfig):
        return _marginals(config, files, train, validation, place)
    if isinstance(config, TrainConfig):
        return _training(config, files, train, validation, place)
    return _distillation(config, files, train, validation, place)


def _marginals(
    config: MarginalsConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    standard = fit_vectors(train)
    layers, rings = train[0].showers.shape[3], train[0].showers.shape[1]
    network = MarginalsNetwork(
        1 + layers + rings + 2, CONDITION_SIZE, config.width, config.blocks, config.dropout
    )

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        return marginals_loss(MarginalsSet(samples, standard), batch_size)

    trainer = _trainer(config, files, network, train, validation, loss_on, place)

    def write(card: Card) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, MarginalsNetwork):
            save_marginals(config.weights, MarginalsModel(averaged, standard, layers), card)

    return Recipe(config, files, train, trainer, write, place)


def _training(
    config: TrainConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
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

    trainer = _trainer(config, files, network, train, validation, loss_on, place)

    def write(card: Card) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, DiT):
            model = FinishedModel(averaged, tables.transform, tables.scale, marginals, card)
            save_model(config.weights, model)

    extra = {"patch": list(network.config.patch), **_started_from(start)}
    return Recipe(config, files, train, trainer, write, place, extra)


def _distillation(
    config: DistillConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    teacher = load_model(config.teacher)
    tables = Tables(teacher.transform, teacher.scale)
    start = load_model(config.start) if config.start else teacher
    student = DiT(start.network.config)
    student.load_state_dict(start.network.state_dict())
    target = Ema(student.to(place.device), config.target_decay)
    teacher.network.to(place.device)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        data = TrainingSet(samples, tables)
        return consistency_loss(
            data, batch_size, config.intervals, teacher.network, lambda: target.network
        )

    trainer = _trainer(config, files, student, train, validation, loss_on, place, target)

    def write(card: Card) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, DiT):
            model = FinishedModel(averaged, tables.transform, tables.scale, teacher.marginals, card)
            save_model(config.weights, model)

    extra = {
        "teacher_network_sha256": teacher.card["network_sha256"],
        "intervals": config.intervals,
        "target_decay": config.target_decay,
        **(_started_from(start) if config.start else {}),
    }
    return Recipe(config, files, train, trainer, write, place, extra)


def _started_from(start: FinishedModel | None) -> Card:
    if start is None:
        return {}
    return {"started_from": {key: start.card[key] for key in _START_KEYS if key in start.card}}


def _trainer(
    config: Config,
    files: Files,
    network: torch.nn.Module,
    train: list[Sample],
    validation: list[Sample],
    loss_on: Callable[[list[Sample], int], Loss],
    place: Place,
    target: Ema | None = None,
) -> Trainer:
    optimizer = config.optimizer
    # Dropout differs between processes; the network that they start from does not.
    torch.manual_seed(optimizer.seed + place.processes.rank)
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
    )
