"""The JSON beside an exported file: what is known of it and need not be measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from calobench._util.digest import sha256_of_file
from calobench._util.files import UnreadableError, read_text
from calobench.errors import WeightsError

__all__ = ["ModelFileCard", "read_card"]

_MAX_BYTES = 1_000_000


class ModelFileCard(BaseModel):
    """The JSON beside a model file; further keys are for other programs.

    Attributes:
        format: says that it is one.
        file: name of the file.
        sha256: of the file.
        description: one line for people.
        unit: of the output.
        azimuth: where the first azimuth bin begins.
        detectors: names of the detectors it was made for.
        energy_range_mev: incident energies it covers.
        theta_range: polar angles it covers, rad.
        nfe: network function evaluations per shower.
        parameters: number of trained parameters.
        flops: of one evaluation.
        post_processing: everything that is done to the network's output inside.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["calobench model file 1"]
    file: str
    sha256: str
    description: str = ""
    unit: str | None = None
    azimuth: str = "-pi"
    detectors: tuple[str, ...] = ()
    energy_range_mev: tuple[float, float] | None = None
    theta_range: tuple[float, float] | None = None
    nfe: int | None = None
    parameters: int | None = None
    flops: int | None = None
    post_processing: tuple[str, ...] = ()


def read_card(path: Path) -> ModelFileCard | None:
    """The card beside a model file, ``NAME.json`` for ``NAME``; None if there is none.

    Raises:
        WeightsError: it is broken, or of another file.
    """
    place = path.with_name(f"{path.name}.json")
    if not place.exists():
        return None
    try:
        card = ModelFileCard.model_validate(json.loads(read_text(place, _MAX_BYTES)))
    except (UnreadableError, ValueError, ValidationError) as error:
        raise WeightsError(
            f"{place} is not the card of a model file; restore it, or move it away"
        ) from error
    if card.sha256 != sha256_of_file(path):
        raise WeightsError(
            f"{path} is not the file that {place.name} describes; restore both, or move the card away"
        )
    return card
