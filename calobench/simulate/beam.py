"""The beam on the detector, and the draw of one event from (seed, index) alone."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError
from calobench.showers.frame import direction
from calobench.simulate.options import Range, parse_range
from calobench.simulate.photon import Photon

__all__ = ["Beam", "Event", "make_beam"]

MEV_PER_GEV = 1000.0
FULL_TURN = Range(0.0, 2 * math.pi)
# Beyond this the second photon leaves the mesh of any detector we know.
_WIDEST_SEPARATION = Range(0.0, 500.0)
# Half of what lies on one side of the origin in the stack of layers.
_MAX_MM = 500.0


class Event(NamedTuple):
    """One event: one photon, or two of the same direction.

    Attributes:
        energy: of the photon, or of each of two, MeV.
        theta: polar angle, rad.
        phi: azimuth, rad.
        seed: of Geant4's random engine.
        separation: distance of the two photons along the beam, mm; None for one photon.
        vertex_y: where the photon enters the face, or the mid-point of two, mm.
        vertex_z: the same along the beam, mm.
        second_energy: of the second photon where it differs, MeV.
    """

    energy: float
    theta: float
    phi: float
    seed: int
    separation: float | None = None
    vertex_y: float = 0.0
    vertex_z: float = 0.0
    second_energy: float | None = None

    def photons(self, azimuth: float) -> tuple[Photon, ...]:
        """The photons to shoot; ``azimuth`` is that of the particle in the stack frame, rad."""
        along = direction(self.theta, azimuth)
        if self.separation is None:
            return (Photon(self.energy, along, self.vertex_y, self.vertex_z),)
        half = self.separation / 2
        second = self.energy if self.second_energy is None else self.second_energy
        return tuple(
            Photon(energy, along, self.vertex_y, self.vertex_z + shift)
            for energy, shift in ((self.energy, -half), (second, half))
        )


@dataclass(frozen=True)
class Beam:
    """Flat distributions of the incident photons.

    Attributes:
        energy: MeV.
        theta: polar angle, rad.
        phi: azimuth, rad.
        separation: of two photons along the beam, mm; None shoots one.
        vertex_cell: the place where the photon enters, or the mid-point of two, is uniform in a square of
            this side, mm.
        mid_z: middle of that square along the beam, mm.
        second_energy: of the second photon, MeV; None for that of the first.
    """

    energy: Range
    theta: Range
    phi: Range
    separation: Range | None = None
    vertex_cell: float = 0.0
    mid_z: float = 0.0
    second_energy: Range | None = None

    def draw(self, seed: int, shard: int, shower: int) -> Event:
        """Draw event number ``shower`` of a shard; the others are not needed for it."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(shard, shower)))
        geant4_seed = int(rng.integers(1, 2**62))
        # What is simulated is what the file will say, in its precision.
        energy, theta, phi = (
            float(np.float32(axis.at(rng.random()))) for axis in (self.energy, self.theta, self.phi)
        )
        separation = second = None
        if self.separation is not None:
            separation = float(np.float32(self.separation.at(rng.random())))
        y, z = (
            float(np.float32((rng.random() - 0.5) * self.vertex_cell + middle))
            for middle in (0.0, self.mid_z)
        )
        if self.second_energy is not None:
            second = float(np.float32(self.second_energy.at(rng.random())))
        return Event(energy, theta, phi, geant4_seed, separation, y, z, second)

    @property
    def at_origin(self) -> bool:
        """Whether every event is one photon that enters at the origin."""
        return self.separation is None and not self.vertex_cell and not self.mid_z

    def as_dict(self) -> dict[str, Any]:
        """For settings and provenance: JSON types only."""
        fields = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}
        # Left out while unused, so that productions begun before these existed can go on.
        return {k: v for k, v in fields.items() if v or k not in {"mid_z", "second_energy"}}


def make_beam(
    detector: DetectorSpec,
    energy_gev: str | None = None,
    theta: str | None = None,
    phi: str | None = None,
    two_photons_mm: str | None = None,
    *,
    second_energy_gev: str | None = None,
    spread_mm: float | None = None,
    mid_z_mm: float = 0.0,
) -> Beam:
    """Make the beam from command-line ranges; what is not given covers the detector's whole range.

    Args:
        detector: gives the ranges.
        energy_gev: incident energy; of both photons, if there are two.
        theta: polar angle, rad.
        phi: azimuth, rad.
        two_photons_mm: separation of two photons along the beam.
        second_energy_gev: energy of the second of two photons.
        spread_mm: photons enter, or have their mid-point, evenly in a square of this side; None is a ring of
            the mesh for two photons, nothing for one.
        mid_z_mm: middle of that square along the beam.

    Raises:
        ConditionsError: a range is malformed, or outside what the detector covers.
    """
    widen = f"stay inside, or widen {{}} in a copy of the YAML of {detector.name}"
    allowed_theta = Range(*detector.theta_range)
    energy = _energies(detector, energy_gev, "--energy")
    theta_range = parse_range(theta, "--theta") if theta else allowed_theta
    theta_range.require_within(allowed_theta, "--theta", "rad", widen.format("theta_range"))
    phi_range = parse_range(phi, "--phi") if phi else FULL_TURN
    full = Range(-2 * math.pi, 2 * math.pi)
    phi_range.require_within(full, "--phi", "rad", "angles are in radians, at most one turn")
    separation = second = None
    if two_photons_mm:
        separation = parse_range(two_photons_mm, "--two-photons")
        separation.require_within(
            _WIDEST_SEPARATION, "--two-photons", "mm", "both photons must hit the mesh"
        )
    if second_energy_gev:
        if separation is None:
            raise ConditionsError("--second-energy needs two photons; give --two-photons LOW:HIGH")
        second = _energies(detector, second_energy_gev, "--second-energy")
    if spread_mm is None:
        spread_mm = detector.mesh.dr_mm if separation else 0.0
    for value, option in ((spread_mm, "--spread"), (mid_z_mm, "--mid-point")):
        low = 0.0 if option == "--spread" else -_MAX_MM
        Range(value, value).require_within(
            Range(low, _MAX_MM), option, "mm", "the layers are a metre wide to both sides"
        )
    return Beam(energy, theta_range, phi_range, separation, spread_mm, mid_z_mm, second)


def _energies(detector: DetectorSpec, given_gev: str | None, option: str) -> Range:
    """The range in MeV; without one, all that the detector covers."""
    allowed = Range(*detector.energy_range_mev)
    energy = parse_range(given_gev, option).scaled(MEV_PER_GEV) if given_gev else allowed
    energy.scaled(1 / MEV_PER_GEV).require_within(
        allowed.scaled(1 / MEV_PER_GEV),
        option,
        "GeV",
        f"stay inside, or widen energy_range_mev in a copy of the YAML of {detector.name}",
    )
    return energy
