"""From a configuration file to a trainer, and from a trainer to finished weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch

from calobench.errors import SpecError
from reference_models.devices import require_device
from reference_models.distillation.recipes import distillation, halving, halvings
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.match import matched
from reference_models.marginals.model import EVALUATIONS, MarginalsModel
from reference_models.marginals.standard import fit_standard
from reference_models.marginals.sums import sums_of
from reference_models.marginals.training import (
    MarginalsSet,
    draws_loss,
    marginals_loss,
    vectors_of,
)
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE
from reference_models.training.adaptation import stages
from reference_models.training.config import (
    AdaptConfig,
    Config,
    MarginalsConfig,
    ProgressiveConfig,
    TrainConfig,
    read_config,
)
from reference_models.training.dataset import (
    Sample,
    Tables,
    fit_tables,
    hold_out,
    thinned,
)
from reference_models.training.diffusion import diffusion_loss
from reference_models.training.files import (
    Files,
    read_samples,
    require_unseen,
    training_files,
)
from reference_models.training.on_device import batches_on
from reference_models.training.processes import ALONE, Processes
from reference_models.training.recipe import Card, Place, Recipe, make_trainer
from reference_models.training.start import (
    new_slots,
    require_denoiser,
    require_known,
    require_mesh,
    started_from,
    with_slots,
)
from reference_models.training.step import Loss
from reference_models.weights_io import (
    FinishedMarginals,
    FinishedModel,
    load_marginals,
    load_model,
    save_marginals,
    save_model,
)

__all__ = ["load_recipe", "make_recipes"]


def load_recipe(
    path: Path, kind: str | None = None, device: str = "cpu", processes: Processes = ALONE
) -> Recipe:
    """Read a configuration and its data; of several trainings the first.

    Args:
        path: YAML file.
        kind: such as ``train``; None takes what the file says.
        device: ``cpu``, ``cuda`` or ``cuda:N``, where the network is trained.
        processes: that train it.

    Raises:
        SpecError: the file is missing, is of another kind, or has a wrong key; a training shower is one of
            the showers that judge.
        DeviceError: the device is not there.
    """
    config = read_config(path, kind)
    return next(make_recipes(config, path, Place(require_device(device), processes)))


def make_recipes(config: Config | AdaptConfig, path: Path, place: Place) -> Iterator[Recipe]:
    """The trainings of a configuration; the next one is made when the one before has written its weights.

    Args:
        config: of one training, or of an adaptation.
        path: its file, for messages.
        place: where it is trained.

    Raises:
        SpecError: a batch cannot be divided among the detectors; a training shower is one of the showers
            that judge; the weights to start from do not fit.
        ShowerFileError: training showers are missing or broken.
        WeightsError: weights are missing or are not what their card says.
    """
    trainings = _trainings(config)
    for one in trainings:
        if one.optimizer.batch_size % len(one.files):
            raise SpecError(
                f"{path}: optimizer.batch_size {one.optimizer.batch_size} must be a multiple of the "
                f"{len(one.files)} detectors, of which every batch has equally many showers"
            )
    files = training_files(config.data_dir, config.files)
    samples = read_samples(files)
    require_unseen(samples, training_files(config.data_dir, config.test or {}))
    samples = thinned(samples, config.max_showers, config.optimizer.seed)
    train, validation = hold_out(samples, config.validation_fraction)
    for one in trainings:
        torch.set_num_threads(one.optimizer.threads)
        torch.manual_seed(one.optimizer.seed)
        if isinstance(one, MarginalsConfig):
            yield _marginals(one, files, train, validation, place)
        elif isinstance(one, TrainConfig):
            yield _training(one, files, train, validation, place)
        elif isinstance(one, ProgressiveConfig):
            yield halving(one, files, train, validation, place)
        else:
            yield distillation(one, files, train, validation, place)


def _trainings(config: Config | AdaptConfig) -> Sequence[Config]:
    if isinstance(config, AdaptConfig):
        return stages(config)
    return halvings(config) if isinstance(config, ProgressiveConfig) else (config,)


def _marginals(
    config: MarginalsConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    vectors = vectors_of(train)
    standard = fit_standard(vectors)
    layers, rings = train[0].showers.shape[3], train[0].showers.shape[1]
    size, start = 1 + layers + rings + 2, None
    if config.start is not None:
        start = load_marginals(config.start)
        before = start.model.network
        if config.teacher is None:
            _require_denoiser_of_marginals(start, config.start)
        _require_mesh_of_marginals(train, start, config.start)
        if before.shape != {"size": size, "width": config.width, "blocks": config.blocks}:
            raise _other_architecture(config.start, before.shape)
    network = MarginalsNetwork(size, CONDITION_SIZE, config.width, config.blocks, config.dropout)
    if config.start is not None and start is not None and not config.untrained:
        new = new_slots(train, start.card, config.start, config.replaces or ())
        standard = with_slots(start.model.standard, standard, new)
        network.load_state_dict(start.model.network.state_dict())

    teacher = None if config.teacher is None else _marginals_teacher(config.teacher, train)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        data = MarginalsSet(samples, standard)
        if teacher is None:
            return marginals_loss(data, batch_size)
        taught = teacher.model.network.to(place.device)
        return draws_loss(data, batch_size, taught, config.evaluations or EVALUATIONS)

    trainer = make_trainer(config, files, network, train, validation, loss_on, place)

    def write(card: Card) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, MarginalsNetwork):
            evaluations = config.evaluations or EVALUATIONS
            model = MarginalsModel(averaged, standard, layers, evaluations)
            save_marginals(config.weights, matched(model, vectors), card)

    extra = _begun(config, start)
    if teacher is not None:
        extra["teacher_sha256"] = teacher.card["weights_sha256"]
    return Recipe(config, files, train, trainer, write, place, extra)


def _marginals_teacher(path: Path, train: list[Sample]) -> FinishedMarginals:
    teacher = load_marginals(path)
    _require_denoiser_of_marginals(teacher, path)
    require_known(train, teacher.card, path)
    _require_mesh_of_marginals(train, teacher, path)
    return teacher


def _require_mesh_of_marginals(
    train: list[Sample], marginals: FinishedMarginals, path: Path
) -> None:
    """Of rings and layers; marginals have no azimuth."""
    mesh = (marginals.model.n_r, train[0].showers.shape[2], marginals.model.n_z)
    require_mesh(train, mesh, path)


def _require_denoiser_of_marginals(marginals: FinishedMarginals, path: Path) -> None:
    if marginals.model.evaluations != EVALUATIONS:
        raise SpecError(
            f"{path} was taught to draw with {marginals.model.evaluations} evaluations and is no denoiser "
            "any more; give its teacher"
        )


def _training(
    config: TrainConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    marginals = load_marginals(config.marginals)
    told = sums_of(train[0].showers[:1].numpy()).logarithms().shape[1]
    shape = NetworkConfig(patch=config.patch, condition_size=CONDITION_SIZE + told)
    start, offset_mev = None, config.offset_mev
    if config.start is not None:
        start = load_model(config.start)
        require_denoiser(start.card, config.start)
        require_mesh(train, start.network.config.mesh, config.start)
        shape, offset_mev = start.network.config, start.transform.offset_mev
        if shape.patch != config.patch:
            raise _other_architecture(config.start, {"patch": list(shape.patch)})
    network, tables = DiT(shape), fit_tables(train, offset_mev)
    if config.start is not None and start is not None and not config.untrained:
        new = new_slots(train, start.card, config.start, config.replaces or ())
        tables = Tables(
            with_slots(start.transform, tables.transform, new),
            with_slots(start.scale, tables.scale, new),
        )
        network.load_state_dict(start.network.state_dict())

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        return diffusion_loss(batches_on(place.device, samples, tables), batch_size)

    trainer = make_trainer(
        config, files, network, train, validation, loss_on, place, same_step=True
    )

    def write(card: Card) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, DiT):
            model = FinishedModel(averaged, tables.transform, tables.scale, marginals, card)
            save_model(config.weights, model)

    extra = {"patch": list(network.config.patch), **_begun(config, start)}
    return Recipe(config, files, train, trainer, write, place, extra)


def _begun(
    config: MarginalsConfig | TrainConfig, start: FinishedModel | FinishedMarginals | None
) -> Card:
    if start is None or config.untrained:
        return {}
    return started_from(start.card)


def _other_architecture(start: Path, its: Mapping[str, object]) -> SpecError:
    stated = ", ".join(f"{key} {value}" for key, value in its.items())
    return SpecError(
        f"{start} is of another architecture ({stated}); set these in the configuration"
    )
