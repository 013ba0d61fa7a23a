"""Calibration of the energies of filled cells, so that each region of the mesh has the right spectrum.

A network that works on log energies leaves the upper tail of a cell's spectrum too long: a deviation
that is small for the network is a factor of two in energy. Which cells are filled, and how they vary
together, it gets right. So filled cells are mapped, ring by ring and in groups of layers, by the
monotone function that takes the model's distribution of ln(E / expected E) to that of the Geant4
training showers (quantile mapping). Each variant (weights with a sampler) has tables of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LAYERS_A_GROUP", "CellCalibration", "fit_calibration"]

LAYERS_A_GROUP = 5
_LEVELS = np.concatenate(
    [[0, 0.001, 0.005, 0.01, 0.02], np.arange(0.05, 0.96, 0.05), [0.98, 0.99, 0.995, 0.999, 1]]
)
_LEAST_CELLS = 200


@dataclass(frozen=True)
class CellCalibration:
    """Quantiles of ln(E / expected E) of filled cells, model and Geant4.

    Attributes:
        source: the model's, (slots, R, groups, levels), increasing along the last axis.
        target: of the Geant4 training showers, same shape.
    """

    source: NDArray[np.float32]
    target: NDArray[np.float32]

    def apply(
        self, showers: NDArray[np.float32], centre: NDArray[np.float32], slot: int
    ) -> NDArray[np.float32]:
        """Map the filled cells; empty ones stay empty.

        Args:
            showers: (N, R, PHI, Z) MeV.
            centre: expected ln E of each cell, (N, R, 1, Z).
            slot: one-hot slot of the detector.
        """
        out = np.zeros_like(showers)
        for ring, group, region, values, filled in _regions(showers, centre):
            source, target = self.source[slot, ring, group], self.target[slot, ring, group]
            mapped = np.interp(values, source, target)
            expected = np.broadcast_to(centre[region], filled.shape)[filled]
            part = np.zeros(filled.shape, np.float32)
            part[filled] = np.exp(mapped + expected)
            out[region] = part
        return out


def _regions(
    showers: NDArray[np.float32], centre: NDArray[np.float32]
) -> list[tuple[int, int, tuple[slice, int, slice, slice], NDArray[np.float32], NDArray[np.bool_]]]:
    """Ring, group, index, ln(E / expected E) of the filled cells and where they are, a region each."""
    every = slice(None)
    found = []
    for ring in range(showers.shape[1]):
        for group in range(showers.shape[3] // LAYERS_A_GROUP):
            layers = slice(group * LAYERS_A_GROUP, (group + 1) * LAYERS_A_GROUP)
            region = (every, ring, every, layers)
            cells = showers[region]
            filled = cells > 0
            expected = np.broadcast_to(centre[region], cells.shape)
            found.append((ring, group, region, np.log(cells[filled]) - expected[filled], filled))
    return found


def fit_calibration(
    generated: dict[int, NDArray[np.float32]],
    reference: dict[int, NDArray[np.float32]],
    centre: dict[int, NDArray[np.float32]],
    slots: int,
    cut_mev: float,
) -> CellCalibration:
    """Quantiles of generated and training showers of the same conditions.

    A region with fewer than 200 filled cells in either sample is left as it is.

    Args:
        generated: showers of each slot, (N, R, PHI, Z) MeV.
        reference: Geant4 training showers of the same conditions.
        centre: expected ln E, (N, R, 1, Z).
        slots: number of one-hot slots.
        cut_mev: cells below are empty for the model, so they are for the reference.
    """
    _, n_r, _, n_z = next(iter(generated.values())).shape
    shape = (slots, n_r, n_z // LAYERS_A_GROUP, len(_LEVELS))
    # The identity over all energies that occur.
    identity = np.linspace(-30, 30, len(_LEVELS), dtype=np.float32)
    source = np.broadcast_to(identity, shape).copy()
    target = source.copy()
    for slot, showers in generated.items():
        truth = np.where(reference[slot] > cut_mev, reference[slot], 0)
        pairs = zip(_regions(showers, centre[slot]), _regions(truth, centre[slot]), strict=True)
        for (ring, group, _, ours, _), (*_, theirs, _) in pairs:
            if min(len(ours), len(theirs)) >= _LEAST_CELLS:
                source[slot, ring, group] = np.quantile(ours, _LEVELS)
                target[slot, ring, group] = np.quantile(theirs, _LEVELS)
    return CellCalibration(source, target)
