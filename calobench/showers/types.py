"""The data types of the harness: mesh, conditions and showers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.errors import MeshMismatchError, ShowerFileError

__all__ = ["Conditions", "Mesh", "Showers"]


@dataclass(frozen=True)
class Mesh:
    """Cylindrical mesh along the particle's direction, from the entrance point.

    Attributes:
        dr_mm: radial cell size, mm.
        dz_mm: cell size along the particle, mm.
        n_r: number of rings.
        n_phi: number of azimuth sectors; sector k covers [-pi + k w, -pi + (k+1) w), w = 2 pi / n_phi.
        n_z: number of layers.
    """

    dr_mm: float
    dz_mm: float
    n_r: int = 9
    n_phi: int = 16
    n_z: int = 45

    @property
    def shape(self) -> tuple[int, int, int]:
        """(R, PHI, Z), the shape of one shower."""
        return self.n_r, self.n_phi, self.n_z

    @property
    def r_centres(self) -> NDArray[np.float64]:
        """Centres of the rings, mm, (R,)."""
        return (np.arange(self.n_r, dtype=np.float64) + 0.5) * self.dr_mm

    @property
    def phi_centres(self) -> NDArray[np.float64]:
        """Centres of the sectors, rad in (-pi, pi), (PHI,)."""
        return (np.arange(self.n_phi, dtype=np.float64) + 0.5) * (2 * np.pi / self.n_phi) - np.pi

    @property
    def z_centres(self) -> NDArray[np.float64]:
        """Depths of the layers' centres, mm, (Z,)."""
        return (np.arange(self.n_z, dtype=np.float64) + 0.5) * self.dz_mm

    def require_same(self, other: Mesh, what: str) -> None:
        """Check that ``other`` is this mesh.

        Raises:
            MeshMismatchError: it is not; the message names both.
        """
        same_size = np.allclose((self.dr_mm, self.dz_mm), (other.dr_mm, other.dz_mm), rtol=1e-6)
        if self.shape != other.shape or not same_size:
            raise MeshMismatchError(
                f"{what} has the mesh {other}, the detector has {self}; "
                "use a sample made on the same mesh, or the detector YAML that it was made with"
            )

    def __str__(self) -> str:
        return f"{self.n_r}x{self.n_phi}x{self.n_z} cells of {self.dr_mm:g} mm x {self.dz_mm:g} mm"


@dataclass(frozen=True)
class Conditions:
    """Incident particles of N showers.

    Attributes:
        energy: incident energies, MeV, float64 (N,).
        theta: polar angles of the direction, rad, float64 (N,).
        phi: azimuths of the direction, rad, float64 (N,).
    """

    energy: NDArray[np.float64]
    theta: NDArray[np.float64]
    phi: NDArray[np.float64]

    def __post_init__(self) -> None:
        lengths = {len(self.energy), len(self.theta), len(self.phi)}
        if len(lengths) > 1:
            raise ShowerFileError(
                "incident energy, theta and phi have unequal lengths "
                f"{len(self.energy)}, {len(self.theta)}, {len(self.phi)}; give one of each per shower"
            )

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, index: slice | NDArray[np.intp] | NDArray[np.bool_]) -> Conditions:
        return Conditions(self.energy[index], self.theta[index], self.phi[index])

    def angle_from(self, other: Conditions) -> NDArray[np.float64]:
        """Smallest difference of the azimuths of two lists of equal length, rad in [-pi, pi), (N,).

        An azimuth is the same in (-pi, pi] and in [0, 2 pi).
        """
        turned: NDArray[np.float64] = (self.phi - other.phi + np.pi) % (2 * np.pi) - np.pi
        return turned

    def repeated(self, n: int) -> Conditions:
        """The first ``n`` conditions of this list repeated without end."""
        return self[np.arange(n) % len(self)]


@dataclass(frozen=True)
class Showers:
    """Energy deposits in the active material, with the conditions they belong to.

    Attributes:
        energy: cell energies, MeV, float32 (N, R, PHI, Z); raw, not divided by the sampling fraction.
        conditions: incident particles, (N,).
    """

    energy: NDArray[np.float32]
    conditions: Conditions

    def __post_init__(self) -> None:
        if len(self.energy) != len(self.conditions):
            raise ShowerFileError(
                f"{len(self.energy)} showers but {len(self.conditions)} conditions; "
                "give one condition a shower"
            )

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, index: slice | NDArray[np.intp]) -> Showers:
        return Showers(self.energy[index], self.conditions[index])

    @classmethod
    def concatenate(cls, parts: Sequence[Showers]) -> Showers:
        """The showers of all parts in order; at least one part, all on one mesh."""
        conditions = (
            np.concatenate([getattr(part.conditions, name) for part in parts])
            for name in ("energy", "theta", "phi")
        )
        return cls(np.concatenate([part.energy for part in parts]), Conditions(*conditions))
