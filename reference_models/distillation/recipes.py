"""From the configuration of a distillation to a trainer, and from that to finished weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from calobench.errors import SpecError
from reference_models.distillation.consistency import consistency_loss
from reference_models.distillation.progressive import example_at, halving_loss
from reference_models.distillation.tuning import tuning_loss
from reference_models.network.dit import DiT
from reference_models.network.pruning import pruned
from reference_models.network.students import with_blocks, with_patch
from reference_models.samplers.schedule import nested_sigmas
from reference_models.training.config import DistillConfig, ProgressiveConfig
from reference_models.training.dataset import Sample, Tables
from reference_models.training.files import Files
from reference_models.training.on_device import batches_on
from reference_models.training.recipe import Card, Place, Recipe, make_trainer
from reference_models.training.start import (
    distilled_from,
    require_denoiser,
    require_known,
    require_mesh,
    require_teacher,
    started_from,
)
from reference_models.training.step import Loss, in_precision
from reference_models.training.trainer import Ema, Trainer
from reference_models.weights_io import (
    FinishedMarginals,
    FinishedModel,
    load_marginals,
    load_model,
    save_model,
)

__all__ = ["distillation", "halving", "halvings"]

# Keys that say how the first student begins.
_OF_FIRST = ("start", "patch", "blocks", "heads", "mlp_ratio")
# Showers of each detector whose activations decide what a student keeps.
_EXAMPLES = 40


def distillation(
    config: DistillConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    """Consistency distillation, or with ``tuning_stages`` consistency tuning.

    Raises:
        SpecError: the teacher does not know a detector, or was distilled itself.
        MeshMismatchError: it is for showers of another number of cells.
        WeightsError: weights are missing or are not what their card says.
        SpecError: ``patch`` does not divide the mesh, or ``blocks`` are not those of its start.
    """
    teacher = _teacher(config, train)
    if config.tuning_stages is None:
        require_denoiser(teacher.card, config.teacher)
    tables = Tables(teacher.transform, teacher.scale)
    student, built = _student(config, teacher, train)
    extra: dict[str, Any] = {"teacher_network_sha256": teacher.card["network_sha256"], **built}
    if config.tuning_stages is not None:
        trainer = _tuning(
            config, config.tuning_stages, files, student, train, validation, tables, place
        )
        extra["tuning_stages"] = config.tuning_stages
        return Recipe(
            config, files, train, trainer, _writer(config, trainer, teacher), place, extra
        )

    # Both are there without 'tuning_stages'.
    intervals, decay = config.intervals or 2, config.target_decay or 0.0
    target = Ema(student.to(place.device), decay)
    precision = config.optimizer.precision
    taught = in_precision(teacher.network.to(place.device), precision)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        data = batches_on(place.device, samples, tables)
        return consistency_loss(
            data, batch_size, intervals, taught, lambda: in_precision(target.network, precision)
        )

    trainer = make_trainer(
        config, files, student, train, validation, loss_on, place, target, same_step=True
    )
    extra |= {"intervals": intervals, "target_decay": decay}
    return Recipe(config, files, train, trainer, _writer(config, trainer, teacher), place, extra)


def _tuning(
    config: DistillConfig,
    stages: int,
    files: Files,
    student: DiT,
    train: list[Sample],
    validation: list[Sample],
    tables: Tables,
    place: Place,
) -> Trainer:
    def stage() -> int:
        return min(trainer.state.step * stages // config.optimizer.steps, stages - 1)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        # The held-out loss is that of the last stage at all times: it can be compared along the curve.
        now = stage if samples is train else lambda: stages - 1
        return tuning_loss(batches_on(place.device, samples, tables), batch_size, now)

    trainer = make_trainer(config, files, student, train, validation, loss_on, place)
    return trainer


def halvings(config: ProgressiveConfig) -> tuple[ProgressiveConfig, ...]:
    """Trainings of a progressive distillation, one for each halving; each student teaches the next.

    Students before the last one lie beside it, with their number of steps in the name. The first one may
    start from other weights than its teacher's, and gets other tokens or fewer blocks, heads and hidden
    numbers; those after it have the same.
    """
    parts, teacher, steps = [], config.teacher, config.teacher_steps // 2
    while steps >= config.student_steps:
        last = steps == config.student_steps
        name = config.weights.name if last else f"{config.weights.stem}_{steps}.safetensors"
        given = {
            "teacher": teacher,
            "teacher_steps": 2 * steps,
            "student_steps": steps,
            "output": config.output / f"{steps}",
            "weights": config.weights.with_name(name),
        }
        parts.append(config.model_copy(update=given))
        config = config.model_copy(update=dict.fromkeys(_OF_FIRST))
        teacher, steps = config.weights.with_name(name), steps // 2
    return tuple(parts)


def halving(
    config: ProgressiveConfig,
    files: Files,
    train: list[Sample],
    validation: list[Sample],
    place: Place,
) -> Recipe:
    """One halving of the number of steps.

    Raises:
        SpecError: the teacher is a consistency function, takes another number of steps, or does not know a
            detector.
        MeshMismatchError: it is for showers of another number of cells.
        WeightsError: it is missing or is not what its card says.
        SpecError: ``patch`` does not divide the mesh, or ``blocks``, ``heads`` or ``mlp_ratio`` are not those
            of its start.
    """
    teacher = _teacher(config, train)
    require_teacher(teacher.card, config.teacher_steps, config.teacher)
    tables = Tables(teacher.transform, teacher.scale)
    (student, built), steps = _student(config, teacher, train), config.student_steps
    if config.heads or config.mlp_ratio:
        student, kept = _narrower(config, student, train, tables)
        built |= kept
    taught = in_precision(teacher.network.to(place.device), config.optimizer.precision)

    def loss_on(samples: list[Sample], batch_size: int) -> Loss:
        return halving_loss(batches_on(place.device, samples, tables), batch_size, steps, taught)

    trainer = make_trainer(
        config, files, student, train, validation, loss_on, place, same_step=True
    )
    own = teacher.card["network_sha256"]
    first = distilled_from(teacher.card) if teacher.card.get("kind") == "progressive" else own
    extra = {"steps": steps, "teacher_network_sha256": own, **built} | (
        {} if first is None else {"first_teacher_network_sha256": first}
    )
    marginals = _marginals(config, teacher, train)
    write = _writer(config, trainer, replace(teacher, marginals=marginals))
    return Recipe(config, files, train, trainer, write, place, extra)


def _marginals(
    config: ProgressiveConfig, teacher: FinishedModel, train: list[Sample]
) -> FinishedMarginals:
    """Of the student."""
    if config.marginals is None:
        return teacher.marginals
    marginals = load_marginals(config.marginals)
    require_known(train, marginals.card, config.marginals)
    of = marginals.model
    require_mesh(train, (of.n_r, teacher.network.config.mesh[1], of.n_z), config.marginals)
    return marginals


def _teacher(config: DistillConfig | ProgressiveConfig, train: list[Sample]) -> FinishedModel:
    teacher = load_model(config.teacher)
    require_known(train, teacher.card, config.teacher)
    require_mesh(train, teacher.network.config.mesh, config.teacher)
    return teacher


def _student(
    config: DistillConfig | ProgressiveConfig, teacher: FinishedModel, train: list[Sample]
) -> tuple[DiT, dict[str, Any]]:
    """The network from which a student begins, and what its card says of it."""
    start, said = teacher, {}
    if config.start:
        start = load_model(config.start)
        require_mesh(train, start.network.config.mesh, config.start)
        said = started_from(start.card)
    network = start.network
    blocks = range(network.config.blocks) if config.blocks is None else config.blocks
    try:
        student = with_patch(with_blocks(network, blocks), config.patch or network.config.patch)
    except ValueError as error:
        raise SpecError(f"network of the student: {error}") from error
    kept = {} if config.blocks is None else {"blocks_of_start": list(config.blocks)}
    return student, {"patch": list(student.config.patch), **kept, **said}


def _narrower(
    config: ProgressiveConfig, student: DiT, train: list[Sample], tables: Tables
) -> tuple[DiT, dict[str, Any]]:
    """The student with fewer heads or hidden numbers, and what its card says of it."""
    generator = torch.Generator().manual_seed(config.optimizer.seed)
    data = batches_on(torch.device("cpu"), train, tables)
    batch = data.batch(_EXAMPLES * len(train), generator)
    levels, last = nested_sigmas(config.student_steps).float(), config.student_steps
    sigma = levels[torch.randint(last, (len(batch.x),), generator=generator)]
    example, before = example_at(batch, sigma, generator), student.config
    try:
        narrow = pruned(
            student, config.heads or before.heads, config.mlp_ratio or before.mlp_ratio, example
        )
    except ValueError as error:
        raise SpecError(f"network of the student: {error}") from error
    return narrow, {"heads": narrow.config.heads, "mlp_ratio": narrow.config.mlp_ratio}


def _writer(
    config: DistillConfig | ProgressiveConfig, trainer: Trainer, teacher: FinishedModel
) -> Callable[[Card], None]:
    def write(card: Mapping[str, Any]) -> None:
        averaged = trainer.result().cpu()
        if isinstance(averaged, DiT):
            made = FinishedModel(
                averaged, teacher.transform, teacher.scale, teacher.marginals, dict(card)
            )
            save_model(config.weights, made)

    return write
