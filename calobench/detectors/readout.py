"""The cells that a detector reads out, in the detector's YAML."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["ReadoutSpec", "SquareCells", "ThetaModuleCells"]

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[int, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SquareCells(_Strict):
    """Square cells in every layer; a layer is one period of the stack."""

    kind: Literal["square"]
    size_mm: Positive


class ThetaModuleCells(_Strict):
    """Cells of inclined plates: in depth by the electrodes, along the beam by theta, across by plate."""

    kind: Literal["theta_module"]
    plates: int = Field(gt=0, description="absorber plates in the full turn")
    electrode_mm: tuple[Positive, ...] = Field(
        min_length=1, description="length of each layer along the inclined electrode, inwards out"
    )
    theta_grid: Positive = Field(description="finest step in theta, rad")
    theta_offset: float = Field(description="middle of the step number 0, rad")
    merged_theta: tuple[Fraction, ...] = Field(description="steps in theta in one cell, by layer")
    merged_plates: tuple[Fraction, ...] = Field(description="plates in one cell, by layer")

    @model_validator(mode="after")
    def _one_of_each_a_layer(self) -> Self:
        wanted = len(self.electrode_mm)
        for name in ("merged_theta", "merged_plates"):
            if len(getattr(self, name)) != wanted:
                raise ValueError(f"{name} must have {wanted} values, as electrode_mm")
        return self


class ReadoutSpec(_Strict):
    """Cells, threshold and electronics."""

    cells: Annotated[SquareCells | ThetaModuleCells, Field(discriminator="kind")]
    half_length_mm: Positive = Field(
        description="the cells end this far from the middle of the beam"
    )
    threshold_mev: Annotated[float, Field(ge=0)] = Field(
        description="cells with less visible energy are not read out"
    )
    noise_mev: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="standard deviation of the noise of one cell"
    )
    saturation_mev: Positive | None = Field(
        default=None, description="a cell shows no more than this"
    )
    sources: dict[str, str] = Field(description="where each number comes from")
