"""Finished weights from which a training starts: one-hot slots of their detectors, and their tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from torch import Tensor

from calobench.detectors import load_detector
from calobench.errors import MeshMismatchError, SpecError
from reference_models.network.preprocessing import N_SLOTS
from reference_models.training.dataset import Sample

__all__ = [
    "Card",
    "distilled_from",
    "new_slots",
    "require_denoiser",
    "require_known",
    "require_mesh",
    "require_teacher",
    "slots_of",
    "started_from",
    "with_slots",
]

Card = Mapping[str, Any]
Tables = TypeVar("Tables")

# What a card says of the weights that a training started from.
_START_KEYS = (
    "network_sha256", "weights_sha256", "teacher_network_sha256", "detectors", "steps_done",
    "showers_seen", "wall_s", "machine", "started_from",
)  # fmt: skip


def slots_of(card: Card) -> dict[int, str]:
    """Detectors that weights were trained on, by one-hot slot.

    Raises:
        UnknownNameError: the card says no slots, and calobench does not know one of the detectors.
    """
    said = card.get("one_hot_slots")
    if isinstance(said, dict):
        return {slot: name for name, slot in said.items()}
    return {load_detector(name).one_hot_slot: name for name in card["detectors"]}


def new_slots(
    samples: Sequence[Sample], card: Card, path: Path, replaces: Collection[str] = ()
) -> list[int]:
    """Slots of the detectors that finished weights were not trained on.

    Args:
        samples: training showers.
        card: of the weights.
        path: of the weights.
        replaces: detectors of the weights whose slots others may take.

    Raises:
        SpecError: a new detector has the slot of another one that it may not replace; ``replaces`` names one
            that the weights do not know.
    """
    taken = slots_of(card)
    names = {load_detector(name).name for name in replaces if name not in taken.values()}
    given_up = names | (set(replaces) & set(taken.values()))
    if unknown := given_up - set(taken.values()):
        raise SpecError(
            f"replaces: {path} was not trained on {min(unknown)}; it was on {', '.join(taken.values())}"
        )
    new = []
    for sample in samples:
        owner = taken.get(sample.slot)
        if owner == sample.name:
            continue
        if owner is not None and owner not in given_up:
            free = [str(k) for k in range(N_SLOTS) if k not in taken]
            raise SpecError(
                f"{sample.name} has one-hot slot {sample.slot}, which {path} has for {owner}; free slots "
                f"for 'one_hot_slot' in its YAML: {', '.join(free) or 'none'}; or let it replace {owner} "
                f"(replaces: [{owner}])"
            )
        new.append(sample.slot)
    return new


def require_known(samples: Sequence[Sample], card: Card, path: Path) -> None:
    """Check that finished weights know all detectors.

    Raises:
        SpecError: they were not trained on one of them.
    """
    taken = slots_of(card)
    for sample in samples:
        if taken.get(sample.slot) != sample.name:
            raise SpecError(
                f"{path} was not trained on {sample.name} in one-hot slot {sample.slot}; adapt it first, "
                "or leave that detector out of 'files'"
            )


def require_denoiser(card: Card, path: Path) -> None:
    """Check that weights are those of a denoiser.

    Raises:
        SpecError: they were distilled.
    """
    kinds = {"distill": "into a consistency function", "progressive": "to fewer steps"}
    if (into := kinds.get(str(card.get("kind")))) is not None:
        raise SpecError(
            f"{path} was distilled {into} and is no denoiser any more; give its teacher, and get a student "
            "of the result with 'transfer', 'progressive' or 'distill'"
        )


def require_teacher(card: Card, steps: int, path: Path) -> None:
    """Check that weights can teach half as many steps: those of a denoiser, or of a student with these steps.

    Args:
        card: of the weights.
        steps: that the teacher takes.
        path: of the weights.

    Raises:
        SpecError: they are a consistency function, or were distilled to another number of steps.
    """
    if card.get("kind") == "distill":
        raise SpecError(
            f"{path} was distilled into a consistency function; give a denoiser as the teacher"
        )
    own = card.get("steps") if card.get("kind") == "progressive" else None
    if own not in (None, steps):
        raise SpecError(
            f"{path} was distilled to {own} steps, not {steps}; correct 'teacher_steps'"
        )


def distilled_from(card: Card) -> str | None:
    """Hash of the denoiser that a student comes from; None where the card does not say it.

    The teacher of a student of progressive distillation may be a student itself.
    """
    direct = (
        "teacher_network_sha256"
        if card.get("kind") == "distill"
        else "first_teacher_network_sha256"
    )
    said = card.get(direct)
    return None if said is None else str(said)


def require_mesh(samples: Sequence[Sample], mesh: tuple[int, ...], path: Path) -> None:
    """Check that showers have as many cells as finished weights make.

    Raises:
        MeshMismatchError: they have not.
    """
    for sample in samples:
        shape = tuple(sample.showers.shape[1:])
        if shape != mesh:
            raise MeshMismatchError(
                f"{path} is for {mesh} cells, {sample.name} has {shape}; give its mesh the same numbers of "
                "cells, or train from scratch without 'start'"
            )


def with_slots(kept: Tables, fitted: Tables, slots: Sequence[int]) -> Tables:
    """Tables of finished weights with those of some slots replaced; what is not by slot stays.

    Args:
        kept: a dataclass of tables (slots, ...), as tensors or arrays.
        fitted: the same with the new rows.
        slots: which rows are taken from ``fitted``.
    """
    rows = list(slots)
    replaced = {}
    for name, table in vars(kept).items():
        if isinstance(table, Tensor | np.ndarray):
            copy = table.clone() if isinstance(table, Tensor) else table.copy()
            copy[rows] = getattr(fitted, name)[rows]
            replaced[name] = copy
    new: Tables = dataclasses.replace(kept, **replaced)  # type: ignore[type-var]
    return new


def started_from(card: Card) -> dict[str, Any]:
    """Entry of a card on the weights that the training started from."""
    return {"started_from": {key: card[key] for key in _START_KEYS if key in card}}
