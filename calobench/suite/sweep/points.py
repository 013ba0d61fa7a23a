"""The points of a sweep: models by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calobench.errors import ModelError, SpecError
from calobench.harness.sources import short_name
from calobench.models.calls import model_info
from calobench.models.naming import join_arguments
from calobench.models.registry import load_model

__all__ = ["Point", "parse_evaluations", "points_of", "possible_points"]


@dataclass(frozen=True)
class Point:
    """A model of a sweep.

    Attributes:
        name: of its folder and row.
        model: as ``--model`` takes it.
        sampler: None for a model that was named as it is.
        nfe: evaluations of the network; None if the model says none.
        refusal: why there is no such model; None if there is.
    """

    name: str
    model: str
    sampler: str | None
    nfe: int | None
    refusal: str | None = None


def parse_evaluations(text: str) -> tuple[int, ...]:
    """Read numbers of evaluations with commas between, ascending, each once.

    Raises:
        SpecError: one is no positive integer, or there is none.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(w.isascii() and w.isdecimal() and 0 < int(w) <= 10_000 for w in words):
        raise SpecError(
            f"--nfe '{text}': give numbers of evaluations from 1 to 10000 with commas between, as 5,10,25"
        )
    return tuple(sorted({int(word) for word in words}))


def points_of(
    model: str, samplers: Sequence[str], evaluations: Sequence[int], others: Sequence[str]
) -> tuple[Point, ...]:
    """Every sampler with every number of evaluations, then the other models.

    Args:
        model: takes the arguments ``sampler`` and ``nfe``.
        samplers: names.
        evaluations: numbers of them.
        others: models as they are.

    Raises:
        SpecError: there is no point, or two are the same.
    """
    swept = [
        Point(
            f"{sampler}-{nfe}",
            join_arguments(model, [f"sampler={sampler}", f"nfe={nfe}"]),
            sampler,
            nfe,
        )
        for sampler in samplers
        for nfe in evaluations
    ]
    as_they_are = [Point(_folder(short_name(other)), other, None, None) for other in others]
    points = (*swept, *as_they_are)
    names = [point.name for point in points]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError(f"'{twice[0]}' is there twice; name each sampler and model once")
    if not points:
        raise SpecError("nothing to sweep: give --samplers, as heun,dpmpp_2m, or --models")
    return points


def possible_points(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points, with the reason beside each that no model can be made of.

    Heun's method, for one, takes odd numbers of evaluations only: such a point is left out, and the others
    are done.

    Raises:
        CalobenchError: of a sampler, or of a model that was named as it is, there is no point at all: the
            name is wrong.
    """
    checked: list[Point] = []
    reasons: dict[str, ModelError] = {}
    for point in points:
        try:
            nfe = model_info(load_model(point.model)).nfe
        except ModelError as error:
            if point.sampler is None:
                raise
            reasons[point.sampler] = error
            checked.append(replace(point, refusal=str(error)))
        else:
            checked.append(replace(point, nfe=nfe if point.sampler is None else point.nfe))
    done = {point.sampler for point in checked if point.refusal is None}
    for sampler, reason in reasons.items():
        if sampler not in done:
            raise reason
    return tuple(checked)


def _folder(model: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]+", ".", model).strip(".") or "model"
