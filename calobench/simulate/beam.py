"""What is shot at the detector, and the draw of one event from (seed, index) alone."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.frame import direction
from calobench.simulate.engine import Photon
from calobench.simulate.options import Range, parse_range

__all__ = ["Beam", "Event", "make_beam"]

MEV_PER_GEV = 1000.0
FULL_TURN = Range(0.0, 2 * math.pi)
# Beyond this the second photon leaves the mesh of any detector we know.
_WIDEST_SEPARATION = Range(0.0, 500.0)


class Event(NamedTuple):
    """One event: one photon, or two of the same energy and direction.

    Attributes:
        energy: of each photon, MeV.
        theta: polar angle, rad.
        phi: azimuth, rad.
        seed: of Geant4's random engine.
        separation: distance of the two photons along the beam, mm; None for one photon.
        vertex_y: mid-point of the two photons on the face, mm.
        vertex_z: the same along the beam, mm.
    """

    energy: float
    theta: float
    phi: float
    seed: int
    separation: float | None = None
    vertex_y: float = 0.0
    vertex_z: float = 0.0

    def photons(self, azimuth: float) -> tuple[Photon, ...]:
        """The photons to shoot; ``azimuth`` is that of the particle in the stack frame, rad."""
        along = direction(self.theta, azimuth)
        if self.separation is None:
            return (Photon(self.energy, along),)
        half = self.separation / 2
        return tuple(
            Photon(self.energy, along, self.vertex_y, self.vertex_z + shift)
            for shift in (-half, half)
        )


@dataclass(frozen=True)
class Beam:
    """Flat distributions of the incident photons.

    Attributes:
        energy: MeV.
        theta: polar angle, rad.
        phi: azimuth, rad.
        separation: of two photons along the beam, mm; None shoots one.
        vertex_cell: the mid-point of two photons is uniform in a square of this side, mm.
    """

    energy: Range
    theta: Range
    phi: Range
    separation: Range | None = None
    vertex_cell: float = 0.0

    def draw(self, seed: int, shard: int, shower: int) -> Event:
        """Draw event number ``shower`` of a shard; the others are not needed for it."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(shard, shower)))
        geant4_seed = int(rng.integers(1, 2**62))
        # What is simulated is what the file will say, in its precision.
        energy, theta, phi = (
            float(np.float32(axis.at(rng.random()))) for axis in (self.energy, self.theta, self.phi)
        )
        if self.separation is None:
            return Event(energy, theta, phi, geant4_seed)
        separation = float(np.float32(self.separation.at(rng.random())))
        y, z = (float(np.float32((rng.random() - 0.5) * self.vertex_cell)) for _ in "yz")
        return Event(energy, theta, phi, geant4_seed, separation, y, z)

    def as_dict(self) -> dict[str, Any]:
        """For settings and provenance: JSON types only."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


def make_beam(
    detector: DetectorSpec,
    energy_gev: str | None = None,
    theta: str | None = None,
    phi: str | None = None,
    two_photons_mm: str | None = None,
) -> Beam:
    """Make the beam from command-line ranges; what is not given covers the detector's whole range.

    Raises:
        ConditionsError: a range is malformed, or outside what the detector covers.
    """
    widen = f"stay inside, or widen {{}} in a copy of the YAML of {detector.name}"
    allowed_energy = Range(*detector.energy_range_mev)
    allowed_theta = Range(*detector.theta_range)
    energy = (
        parse_range(energy_gev, "--energy").scaled(MEV_PER_GEV) if energy_gev else allowed_energy
    )
    energy.scaled(1 / MEV_PER_GEV).require_within(
        allowed_energy.scaled(1 / MEV_PER_GEV), "--energy", "GeV", widen.format("energy_range_mev")
    )
    theta_range = parse_range(theta, "--theta") if theta else allowed_theta
    theta_range.require_within(allowed_theta, "--theta", "rad", widen.format("theta_range"))
    phi_range = parse_range(phi, "--phi") if phi else FULL_TURN
    full = Range(-2 * math.pi, 2 * math.pi)
    phi_range.require_within(full, "--phi", "rad", "angles are in radians, at most one turn")
    separation = None
    if two_photons_mm:
        separation = parse_range(two_photons_mm, "--two-photons")
        separation.require_within(
            _WIDEST_SEPARATION, "--two-photons", "mm", "both photons must hit the mesh"
        )
    cell = detector.mesh.dr_mm if separation else 0.0
    return Beam(energy, theta_range, phi_range, separation, cell)
