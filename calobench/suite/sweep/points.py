"""The points of a sweep: models by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calobench.errors import ModelError, SpecError
from calobench.harness.sources import is_shower_file, short_name
from calobench.models.calls import model_info
from calobench.models.naming import join_arguments
from calobench.models.registry import load_model

__all__ = ["Point", "parse_evaluations", "points_of", "possible_points"]

_MAX_NFE = 10_000


@dataclass(frozen=True)
class Point:
    """A model, or a file of showers, of a sweep.

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

    @property
    def generates(self) -> bool:
        """Whether it is a model that can be made: its time can be measured, that of a file cannot."""
        return self.refusal is None and not is_shower_file(self.model)


def parse_evaluations(text: str) -> tuple[int, ...]:
    """Read numbers of evaluations with commas between, ascending, each once.

    Raises:
        SpecError: one is no positive integer, or there is none.
    """
    numbers = _positive([word.strip() for word in text.split(",") if word.strip()])
    if not numbers:
        raise SpecError(
            f"--nfe '{text}': give numbers of evaluations from 1 to {_MAX_NFE} with commas between, "
            "as 5,10,25"
        )
    return tuple(sorted(set(numbers)))


def _sampler(text: str) -> tuple[str, int | None]:
    """A sampler's name, and the only number of evaluations that it is wanted for; None for all."""
    name, colon, number = text.partition(":")
    if not colon:
        return name, None
    numbers = _positive([number])
    if not numbers:
        raise SpecError(
            f"--samplers '{text}': give one number of evaluations from 1 to {_MAX_NFE}, as heun:79"
        )
    return name, numbers[0]


def _positive(words: Sequence[str]) -> list[int]:
    """The words as numbers of evaluations; empty if one is none."""
    fitting = all(w.isascii() and w.isdecimal() and 0 < int(w) <= _MAX_NFE for w in words)
    return [int(word) for word in words] if fitting else []


def points_of(
    model: str,
    samplers: Sequence[str],
    evaluations: Sequence[int],
    others: Sequence[str],
) -> tuple[Point, ...]:
    """Every sampler with its number of evaluations or with all of them, then the other models.

    Args:
        model: takes the arguments ``sampler`` and ``nfe``.
        samplers: names; one such as ``heun:79`` is done with that number of evaluations only.
        evaluations: numbers of them, for samplers without one of their own.
        others: models as they are, or files of showers.

    Raises:
        SpecError: there is no point, two are the same, or a number of evaluations is none.
    """
    swept = [
        Point(
            f"{sampler}-{nfe}",
            join_arguments(model, [f"sampler={sampler}", f"nfe={nfe}"]),
            sampler,
            nfe,
        )
        for sampler, own in map(_sampler, samplers)
        for nfe in (evaluations if own is None else (own,))
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
        if not point.generates:
            checked.append(point)
            continue
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
