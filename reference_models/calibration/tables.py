"""The tables of a calibration, as they are stored with the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reference_models.network.preprocessing import N_SLOTS

__all__ = [
    "KNOTS",
    "LEAST_MEV",
    "OFFSET_MEV",
    "UNCHANGED_ABOVE_MEV",
    "Calibration",
    "calibration_shapes",
    "identity",
]

Array = NDArray[np.float32]

KNOTS = 10
"""Of the map of low cell energies."""
UNCHANGED_ABOVE_MEV = 0.5
"""Cells above keep the energy that the network gives them."""
OFFSET_MEV = 0.005
"""Low energies are mapped as log(E + 5 keV), which an energy near zero does not make large."""
LEAST_MEV = 1e-5
"""Cells below 10 eV are empty."""


@dataclass(frozen=True)
class Calibration:
    """What a network's showers need to have Geant4's patterns and cells; by one-hot slot.

    Attributes:
        noise: correlation of the starting noise of neighbouring layers, of one token and of two,
            (slots, 2); see :mod:`reference_models.samplers.noise`.
        spread: power by which cells of a ring and layer go with their mean, at 30 GeV and its change with
            ln E, (slots, 2, R).
        low_from: log(E + 5 keV) of cell energies, log MeV, (slots, KNOTS, R, Z), increasing. Cells below the
            first are empty, those above the last stay as they are.
        low_to: what becomes of them, same shape.
    """

    noise: Array
    spread: Array
    low_from: Array
    low_to: Array


def calibration_shapes(n_r: int, n_z: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the tables by name."""
    knots = (N_SLOTS, KNOTS, n_r, n_z)
    return {"noise": (N_SLOTS, 2), "spread": (N_SLOTS, 2, n_r), "low_from": knots, "low_to": knots}


def identity(n_r: int, n_z: int, cut_mev: float) -> Calibration:
    """The calibration that changes nothing but that cells below a cut are empty.

    Args:
        n_r: number of rings.
        n_z: number of layers.
        cut_mev: the cut.
    """
    shapes = calibration_shapes(n_r, n_z)
    spread = np.zeros(shapes["spread"], np.float32)
    spread[:, 0] = 1
    first, last = (
        math.log(mev + OFFSET_MEV) for mev in (max(cut_mev, LEAST_MEV), UNCHANGED_ABOVE_MEV)
    )
    knots = np.linspace(first, last, KNOTS, dtype=np.float32)
    low = np.broadcast_to(knots[:, None, None], shapes["low_from"]).copy()
    return Calibration(np.zeros(shapes["noise"], np.float32), spread, low, low.copy())
