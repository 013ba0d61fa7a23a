"""Conventions of a trained file: the meaning of its numbers, which the file itself does not say.

Sources: Par04 (Geant4 11.4 examples) takes the output for GeV, begins the azimuth at -pi and leaves out cells
of at most 0.5 keV; DDML divides the output by GeV, calls it a fraction of the incident energy, begins the
azimuth at 0 and leaves out cells of at most 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ModelError
from calobench.showers import Conditions

__all__ = ["AZIMUTHS", "N_SLOTS", "UNITS", "Convention", "inputs_of", "visible"]

UNITS = ("GeV", "MeV", "fraction")
"""Of the output; the fraction is of the incident energy."""
AZIMUTHS = ("-pi", "0")
"""Start of the first azimuth bin: Par04 and calobench, DDML."""
N_SLOTS = 5
_MEV_PER_GEV = 1000.0


@dataclass(frozen=True)
class Convention:
    """Convention for reading a file's numbers.

    Attributes:
        unit: one of :data:`UNITS`; None: to be measured.
        azimuth: one of :data:`AZIMUTHS`.
        slot: one-hot slot that is set; None for the detector's own.
        threshold_mev: cells of at most this energy are set to zero.

    Raises:
        ModelError: a value is none of these.
    """

    unit: str | None = None
    azimuth: str = "-pi"
    slot: int | None = None
    threshold_mev: float = 0.0

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in UNITS:
            raise ModelError(f"unit={self.unit} is none; give one of {', '.join(UNITS)}")
        if self.azimuth not in AZIMUTHS:
            raise ModelError(
                f"azimuth={self.azimuth} is no start of the first azimuth bin; give -pi (as Par04) or 0 "
                "(as DDML)"
            )
        if self.slot is not None and not 0 <= self.slot < N_SLOTS:
            raise ModelError(
                f"slot={self.slot} is no one-hot slot; give 0 (Par04SiW), 1 (Par04SciPb), 2 (ODD), 3 "
                "(FCCeeCLD) or 4 (new)"
            )
        if not (self.threshold_mev >= 0 and math.isfinite(self.threshold_mev)):
            raise ModelError(f"threshold={self.threshold_mev} is no energy; give MeV, at least 0")

    def showers(
        self, raw: NDArray[np.float32], energy_mev: NDArray[np.float64], detector: DetectorSpec
    ) -> NDArray[np.float32]:
        """Cell energies in MeV, (N, R, PHI, Z), the azimuth beginning at -pi.

        Args:
            raw: what the graph gives, (N, ...).
            energy_mev: incident energies, (N,).
            detector: gives the mesh.
        """
        mesh = detector.mesh_geometry
        factor = _factors(energy_mev)[self.unit or UNITS[0]].astype(np.float32)
        cells = raw.reshape(len(raw), *mesh.shape) * factor[:, None, None, None]
        cells[cells <= self.threshold_mev] = 0
        return np.roll(cells, mesh.n_phi // 2, axis=2) if self.azimuth == "0" else cells

    def words(self) -> tuple[str, ...]:
        """Everything that is done to the output, one line each."""
        unit = {"fraction": "output times the incident energy", "MeV": "output taken as MeV"}
        lines = [unit.get(self.unit or "", f"output taken as {self.unit}")]
        lines.append(f"cells of at most {self.threshold_mev:g} MeV set to zero")
        if self.azimuth == "0":
            lines.append("turned by half a turn: its first azimuth bin begins at 0")
        return tuple(lines)


def inputs_of(conditions: Conditions, slot: int) -> NDArray[np.float32]:
    """The eight numbers of Par04 and DDML, (N, 8): E in GeV, azimuth in (-pi, pi], theta, one-hot of five.

    Args:
        conditions: incident particles.
        slot: of the one-hot that is 1.
    """
    inputs = np.zeros((len(conditions), 3 + N_SLOTS), dtype=np.float32)
    inputs[:, 0] = conditions.energy / _MEV_PER_GEV
    inputs[:, 1] = np.arctan2(np.sin(conditions.phi), np.cos(conditions.phi))
    inputs[:, 2] = conditions.theta
    inputs[:, 3 + slot] = 1
    return inputs


def visible(
    raw: NDArray[np.float32], energy_mev: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Visible over incident energy if the output had each of the units, (N,).

    Args:
        raw: what the graph gives, (N, ...).
        energy_mev: incident energies, (N,).
    """
    total = np.maximum(raw, 0).reshape(len(raw), -1).sum(axis=1, dtype=np.float64)
    return {unit: total * factor / energy_mev for unit, factor in _factors(energy_mev).items()}


def _factors(energy_mev: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """From each unit to MeV, (N,)."""
    one = np.ones_like(energy_mev)
    return {"GeV": _MEV_PER_GEV * one, "MeV": one, "fraction": energy_mev}
