"""Showers as a network sees them: logarithms of cell energies at fixed incident particle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import Staves
from calobench.showers import Conditions

__all__ = ["SCALE_MEV", "Images", "Standardiser", "incident_columns", "log_image"]

Array = NDArray[np.float64]
Floats32 = NDArray[np.float32]

SCALE_MEV = 0.1
"""Energies well below it look like none: what no readout sees must not tell two samples apart."""

# Images end at this many widths from zero.
BOUND = 10.0

# Rings and layers whose cells are nearly always empty are not blown up beyond this fraction of the widest.
NARROWEST = 0.05


def log_image(energy: NDArray[np.float32]) -> Floats32:
    """ln(1 + E / 0.1 MeV) of every cell.

    Args:
        energy: cell energies, MeV, (N, R, PHI, Z).
    """
    image: Floats32 = np.log1p(energy / np.float32(SCALE_MEV))
    return image


def incident_columns(conditions: Conditions, staves: Staves) -> Floats32:
    """The facts about the incident particle: ln E, theta, and where it meets its stave, (N, K).

    The azimuth matters only where the barrel is a polygon, and then with its period.

    Args:
        conditions: of N showers.
        staves: of the barrel.
    """
    columns = [np.log(conditions.energy), conditions.theta]
    if staves.count:
        angle = staves.count * conditions.phi
        columns += [np.cos(angle), np.sin(angle)]
    return np.stack(columns, axis=1).astype(np.float32)


class Images(NamedTuple):
    """Standardised showers.

    Attributes:
        cells: (N, R, PHI, Z).
        incident: (N, K).
    """

    cells: Floats32
    incident: Floats32


class Standardiser:
    """Takes out of the images what they owe to the incident particle, as training showers have it.

    The mean over the azimuth of each ring of each layer is a quadratic function of the incident
    columns, and the scatter about it, of all azimuths, is the unit. Both are the same at all
    azimuths, so that an asymmetry is left as it is. The labels are not used.

    Args:
        cells: images of the training showers, (n, R, PHI, Z).
        incident: their incident columns, (n, K).
    """

    def __init__(self, cells: Floats32, incident: Floats32) -> None:
        self._centre = incident.mean(axis=0, dtype=np.float64)
        spread = incident.std(axis=0, dtype=np.float64)
        self._spread = np.where(spread > 0, spread, 1.0)
        means = cells.mean(axis=2, dtype=np.float64)
        flat = means.reshape(len(means), -1)
        self._line, *_ = np.linalg.lstsq(self._design(incident), flat, rcond=None)
        residual = self._residual(cells, incident)
        width = np.sqrt((residual**2).mean(axis=(0, 2), keepdims=True, dtype=np.float64))
        self._width = np.maximum(np.maximum(width, NARROWEST * width.max()), 1e-6)

    def __call__(self, cells: Floats32, incident: Floats32) -> Images:
        """Standardise any showers.

        Args:
            cells: (N, R, PHI, Z).
            incident: (N, K).
        """
        image = self._residual(cells, incident)
        image /= self._width.astype(np.float32)
        np.clip(image, -BOUND, BOUND, out=image)
        return Images(image, self._normal(incident).astype(np.float32))

    def _normal(self, incident: Floats32) -> Array:
        normal: Array = (incident - self._centre) / self._spread
        return normal

    def _design(self, incident: Floats32) -> Array:
        normal = self._normal(incident)
        return np.concatenate([np.ones((len(normal), 1)), normal, normal**2], axis=1)

    def _residual(self, cells: Floats32, incident: Floats32) -> Floats32:
        n, n_r, _, n_z = cells.shape
        mean = (self._design(incident) @ self._line).astype(np.float32)
        residual: Floats32 = cells - mean.reshape(n, n_r, 1, n_z)
        return residual
