"""Reconstruction of photons in a detector's readout: the parameters of CLUE, in the detector's YAML."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calobench._util.settings import Settings
from calobench.detectors.quantities import Count, Energy, Length, Visible

__all__ = ["ClueSpec", "LinkSpec", "ReconstructionSpec"]


class ClueSpec(Settings):
    """Clustering of the cells of one layer; names as in k4Clue (arXiv:2311.03089)."""

    dc_mm: Length = Field(description="reach of the density, and least distance between seeds")
    rhoc_mev: Energy = Field(description="least density of a seed")
    outlier_delta_factor: Annotated[float, Field(ge=1, le=1000)] = Field(
        default=2.0, description="outliers are further than this many dc_mm from a denser cell"
    )


class LinkSpec(ClueSpec):
    """Joining of the layers' clusters in depth."""

    layers: Count = Field(default=3, description="clusters further apart in depth do not meet")


class ReconstructionSpec(Settings):
    """From cells to photons. Tuned on Geant4 alone, never on a model."""

    layer: ClueSpec
    link: LinkSpec
    min_energy_mev: Visible = Field(
        description="clusters below it are no photons; their energy counts as fragments"
    )
    source: str = Field(description="origin of the numbers")
