"""The schema of a detector YAML."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from calobench._util.edges import TOLERANCE
from calobench._util.settings import Settings
from calobench.detectors.quantities import Angle, Count, Energy, Length, Pitch, Positive, Range
from calobench.detectors.readout import ReadoutSpec
from calobench.detectors.reconstruction import ReconstructionSpec
from calobench.showers import Mesh

__all__ = ["DetectorSpec", "Layer", "Material", "MeshSpec", "Section", "Staves"]

MAX_CELLS = 1_000_000
"""A mesh of more cells, 4 MB per shower, is a slip."""


class Layer(Settings):
    """One sheet of the layer stack, from the inside outwards."""

    material: str = Field(description="a Geant4 NIST name (G4_...) or one of this file's mixtures")
    thickness_mm: Length
    active: bool = False


class Section(Settings):
    """Equal periods, one behind the other."""

    periods: Count = Field(description="how often the layers repeat")
    layers: tuple[Layer, ...] = Field(min_length=1, description="of one period, inside outwards")

    @property
    def period_mm(self) -> float:
        """Thickness of one period, mm."""
        return sum(layer.thickness_mm for layer in self.layers)


class Material(Settings):
    """A mixture: density and mass fractions of chemical elements (normalised when used)."""

    density_g_cm3: Positive
    mass_fractions: dict[str, Positive] = Field(min_length=1)


class MeshSpec(Settings):
    """The cylindrical scoring mesh along the particle's direction."""

    dr_mm: Pitch
    dz_mm: Pitch
    n_r: Count = 9
    n_phi: Count = 16
    n_z: Count = 45

    @model_validator(mode="after")
    def _fits_into_memory(self) -> Self:
        if self.n_r * self.n_phi * self.n_z > MAX_CELLS:
            raise ValueError(f"n_r x n_phi x n_z must be at most {MAX_CELLS} cells")
        return self


class Staves(Settings):
    """Rotation of the flat stack of layers to the radial direction.

    ``count`` staves make the barrel a polygon (0: a cylinder, always met head-on); ``inclination_deg``
    is a constant azimuth of the particle relative to the normal of inclined plates.
    """

    count: int = Field(default=0, ge=0, le=10_000)
    inclination_deg: float = Field(default=0, ge=0, lt=90)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.count and self.inclination_deg:
            raise ValueError("give either a number of staves or an inclination, not both")
        if self.count in {1, 2}:
            raise ValueError("a polygon has at least 3 staves; for a cylinder, count is 0")
        return self

    def azimuth(self, phi: ArrayLike) -> NDArray[np.float64]:
        """Azimuth of particles relative to the normal of the layers that they meet, rad, (...).

        Args:
            phi: azimuth of the particles, rad, (...).

        Returns:
            A constant for inclined plates, ``phi`` folded into one stave for a polygon, else 0.
        """
        phi = np.asarray(phi, dtype=np.float64)
        if not self.count:
            return np.full_like(phi, np.deg2rad(self.inclination_deg))
        half_width = np.pi / self.count
        azimuth = (phi + half_width) % (2 * half_width) - half_width
        # Where two staves meet a particle belongs to the next one, whatever its last bit says.
        meeting = azimuth > half_width * (1 - TOLERANCE)
        return np.asarray(np.where(meeting, azimuth - 2 * half_width, azimuth))


class DetectorSpec(Settings):
    """A detector: everything that the harness, the models and Geant4 need to know about it."""

    name: str = Field(pattern=r"^[A-Za-z0-9_]+$")
    description: str
    aliases: tuple[str, ...] = ()
    inner_radius_mm: Length
    periods: Count = Field(description="how often the stack of layers repeats")
    layers: tuple[Layer, ...] = Field(min_length=1)
    deeper: tuple[Section, ...] = Field(
        default=(), description="sections of other layers behind these"
    )
    materials: dict[str, Material] = Field(default_factory=dict)
    staves: Staves = Staves()
    mesh: MeshSpec
    energy_range_mev: Annotated[tuple[Energy, Energy], Range]
    theta_range: Annotated[tuple[Angle, Angle], Range]
    sampling_fraction: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="mean visible energy in the mesh over incident energy"
    )
    radiation_length_mm: Length | None = Field(
        default=None, description="X0 of the stack, averaged over its layers"
    )
    moliere_radius_mm: Length | None = Field(
        default=None, description="Moliere radius of the stack, averaged over its layers"
    )
    one_hot_slot: int = Field(ge=0, le=4, description="0-3 pre-trained detectors, 4 the new one")
    sources: dict[str, str] = Field(description="where each number comes from")
    readout: ReadoutSpec | None = Field(default=None, description="cells that are read out, if any")
    reconstruction: ReconstructionSpec | None = Field(
        default=None, description="how photons are reconstructed in the readout"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for section in self.sections:
            if not any(layer.active for layer in section.layers):
                raise ValueError("no layer is active; mark the sensitive one with 'active: true'")
        for layer in (layer for section in self.sections for layer in section.layers):
            if not layer.material.startswith("G4_") and layer.material not in self.materials:
                raise ValueError(
                    f"material '{layer.material}' is neither a Geant4 name (G4_...) "
                    "nor defined under 'materials'"
                )
        inclined = self.readout is not None and self.readout.cells.kind == "theta_module"
        if inclined and not self.staves.inclination_deg:
            raise ValueError("readout cells of kind theta_module need inclined plates in 'staves'")
        if inclined and self.deeper:
            raise ValueError("readout cells of kind theta_module take one section of layers only")
        return self

    def is_called(self, name: str) -> bool:
        """Whether ``name`` is this detector's name or one of its aliases, in capitals or not."""
        return name.casefold() in {known.casefold() for known in (self.name, *self.aliases)}

    @property
    def sections(self) -> tuple[Section, ...]:
        """The stack from the inside outwards; most detectors have one section."""
        return (Section(periods=self.periods, layers=self.layers), *self.deeper)

    @property
    def n_periods(self) -> int:
        """Periods of all sections."""
        return sum(section.periods for section in self.sections)

    @property
    def depth_mm(self) -> float:
        """Thickness of the whole stack, mm."""
        return sum(section.periods * section.period_mm for section in self.sections)

    @property
    def mesh_geometry(self) -> Mesh:
        """The mesh as the rest of calobench uses it."""
        return Mesh(**vars(self.mesh))

    def entrance_radius_mm(self, phi: ArrayLike) -> NDArray[np.float64]:
        """Distance from the beam axis to where particles from the origin meet the calorimeter, mm, (...).

        The inner radius, more towards the edge of a stave, whose face is flat.

        Args:
            phi: azimuth of the particles, rad, (...).
        """
        azimuth = self.staves.azimuth(phi) if self.staves.count else np.zeros_like(phi, np.float64)
        return np.asarray(self.inner_radius_mm / np.cos(azimuth))

    @property
    def geometry_hash(self) -> str:
        """SHA-256 of everything that changes a shower (not of names, texts or sources)."""
        parts = {"inner_radius_mm", "periods", "layers", "materials", "staves", "mesh"}
        # Detectors of one section keep the hash that their samples have.
        parts |= {"deeper"} if self.deeper else set()
        kept = self.model_dump(mode="json", include=parts)
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
