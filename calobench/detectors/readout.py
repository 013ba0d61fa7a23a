"""The cells that a detector reads out, in the detector's YAML."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from calobench._util.settings import Settings, one_of
from calobench.detectors.quantities import Count, Energy, Length, Pitch, Visible

__all__ = ["ReadoutSpec", "SquareCells", "ThetaModuleCells"]


class SquareCells(Settings):
    """Square cells in every layer; a layer is one period of the stack."""

    kind: Literal["square"]
    size_mm: Pitch


class ThetaModuleCells(Settings):
    """Cells of inclined plates: in depth by the electrodes, along the beam by theta, across by plate."""

    kind: Literal["theta_module"]
    plates: int = Field(gt=0, le=1_000_000, description="absorber plates in the full turn")
    electrode_mm: tuple[Pitch, ...] = Field(
        min_length=1, description="length of each layer along the inclined electrode, inwards out"
    )
    theta_grid: float = Field(ge=1e-5, le=1, description="finest step in theta, rad")
    theta_offset: float = Field(
        ge=-math.pi, le=math.pi, description="middle of the step number 0, rad"
    )
    merged_theta: tuple[Count, ...] = Field(description="steps in theta in one cell, by layer")
    merged_plates: tuple[Count, ...] = Field(description="plates in one cell, by layer")

    @model_validator(mode="after")
    def _one_of_each_a_layer(self) -> Self:
        layers = len(self.electrode_mm)
        for name in ("merged_theta", "merged_plates"):
            if len(getattr(self, name)) != layers:
                raise ValueError(f"{name} must have {layers} values, as electrode_mm")
        return self


class ReadoutSpec(Settings):
    """Cells, threshold and electronics."""

    cells: Annotated[SquareCells | ThetaModuleCells, one_of(SquareCells, ThetaModuleCells)]
    half_length_mm: Length = Field(description="the cells end this far from the middle of the beam")
    threshold_mev: Visible = Field(description="cells with less visible energy are not read out")
    noise_mev: Visible = Field(
        default=0.0, description="standard deviation of the noise of one cell"
    )
    saturation_mev: Energy | None = Field(
        default=None, description="a cell shows no more than this"
    )
    sources: dict[str, str] = Field(description="where each number comes from")
