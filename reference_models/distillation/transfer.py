"""A student for an adapted denoiser without a second distillation: the differences of weights are added.

Adaptation and distillation start from the same denoiser, and each changes its weights by little. What the
distillation has changed is added to the adapted denoiser: arithmetic with weights (Ilharco et al.,
arXiv:2212.04089), as Luo et al. (arXiv:2311.05556) carry a distillation over to other fine-tuned models. No
shower is needed. ``docs/adaptation.md`` says what it reaches.
"""

from __future__ import annotations

from pathlib import Path

import torch

from calobench.errors import SpecError
from reference_models.network.dit import DiT
from reference_models.training.start import Card, distilled_from
from reference_models.weights_check import STUDENTS
from reference_models.weights_io import FinishedModel, load_model, save_model

__all__ = ["transfer", "transferred"]

# What a card says of the detectors and showers of an adaptation, and of the kind of a student.
_OF_ADAPTED = (
    "licence", "detectors", "one_hot_slots", "training_data", "training_showers", "held_out_fraction",
)  # fmt: skip
_OF_STUDENT = ("kind", "steps", "intervals", "target_decay", "tuning_stages", "patch")


def transferred(
    student: FinishedModel, start: FinishedModel, adapted: FinishedModel
) -> FinishedModel:
    """The student with what the adaptation has changed: weights student + (adapted - start).

    Tables and marginals are those of the adapted denoiser; calibrations are left out, since they are of other
    showers.

    Args:
        student: distilled from ``start``.
        start: a denoiser.
        adapted: trained further from ``start``.
    """
    before, after, own = (one.network.state_dict() for one in (start, adapted, student))
    network = DiT(adapted.network.config)
    network.load_state_dict({name: own[name] + (after[name] - before[name]) for name in own})
    network.eval().requires_grad_(False)
    card = {name: adapted.card[name] for name in _OF_ADAPTED if name in adapted.card}
    card |= {name: student.card[name] for name in _OF_STUDENT if name in student.card}
    card["transferred"] = {
        f"{name}_network_sha256": one.card["network_sha256"]
        for name, one in {"student": student, "start": start, "adapted": adapted}.items()
    }
    return FinishedModel(network, adapted.transform, adapted.scale, adapted.marginals, card)


def transfer(student: Path, start: Path, adapted: Path, out: Path) -> Path:
    """Write :func:`transferred` of three files beside the adapted denoiser; returns the path.

    Raises:
        WeightsError: weights are missing or are not what their card says.
        SpecError: ``student`` was not distilled from ``start``, or ``adapted`` was not adapted from it;
            the student has other tokens; ``out`` is in another folder than ``adapted``, or one of the files.
        OutputError: the place cannot be written.
    """
    if out.absolute().parent != adapted.absolute().parent:
        raise SpecError(f"write {out.name} beside {adapted}: both have the same marginals")
    if out.absolute() in (path.absolute() for path in (student, start, adapted)):
        raise SpecError(f"{out} is one of the weights that are added; give another name")
    models = [load_model(path) for path in (student, start, adapted)]
    _require_student(models[0], models[1], student, start)
    if models[2].card.get("started_from", {}).get("network_sha256") != _sha256(models[1].card):
        raise SpecError(
            f"{adapted} was not adapted from {start}; give the weights that the adaptation started from"
        )
    made = transferred(*models)
    made.card["name"] = out.stem
    save_model(out, made)
    return out


def _require_student(student: FinishedModel, start: FinishedModel, path: Path, of: Path) -> None:
    if student.card.get("kind") not in STUDENTS:
        raise SpecError(f"{path} is no student; give weights of 'distill' or 'progressive'")
    if student.network.config != start.network.config:
        raise SpecError(
            f"{path} is of another architecture than {of}; distil from the adapted weights instead"
        )
    teacher = distilled_from(student.card)
    if teacher is None:
        # A card that does not say it: weights that were trained further are closer to their start than to 0.
        own, before = (_vector(one) for one in (student, start))
        distilled = bool((own - before).norm() < before.norm())
    else:
        distilled = teacher == _sha256(start.card)
    if not distilled:
        raise SpecError(f"{path} was not distilled from {of}; give its first teacher")


def _vector(model: FinishedModel) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in model.network.state_dict().values()])


def _sha256(card: Card) -> object:
    return card.get("network_sha256")
