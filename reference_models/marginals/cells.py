"""Calibration of the energies of filled cells, so that each region of the mesh has the right spectrum.

A network that works on log energies leaves the upper tail of a cell's spectrum too long: a deviation
that is small for the network is a factor of two in energy. Which cells are filled, and how they vary
together, it gets right. So filled cells are mapped, in bins of incident energy, ring by ring and in
groups of layers, by the monotone function that takes the model's distribution of
ln(E / expected E) to that of the Geant4 training showers (quantile mapping). Each variant (weights
with a sampler) has tables of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from reference_models.network.interpolation import TableSet

__all__ = ["ENERGY_EDGES_MEV", "LAYERS_A_GROUP", "CellCalibration", "fit_cells"]

LAYERS_A_GROUP = 5
ENERGY_EDGES_MEV = (12e3, 45e3)
"""Between the bins of incident energy."""
_LEVELS = np.concatenate(
    [[0, 0.001, 0.005, 0.01, 0.02], np.arange(0.05, 0.96, 0.05), [0.98, 0.99, 0.995, 0.999, 1]]
)
_LEAST_CELLS = 200


@dataclass(frozen=True)
class CellCalibration:
    """Quantiles of ln(E / expected E) of filled cells, model and Geant4.

    Attributes:
        source: the model's, (slots, energy bins, R, groups, levels), increasing along the last axis.
        target: of the Geant4 training showers, same shape.
    """

    source: NDArray[np.float32]
    target: NDArray[np.float32]

    @cached_property
    def _maps(self) -> TableSet:
        levels = self.source.shape[-1]
        return TableSet(self.source.reshape(-1, levels), self.target.reshape(-1, levels))

    def apply(
        self,
        showers: NDArray[np.float32],
        centre: NDArray[np.float32],
        energy: NDArray[np.float64],
        slot: int,
    ) -> NDArray[np.float32]:
        """Map the filled cells; empty ones stay empty.

        Args:
            showers: (N, R, PHI, Z) MeV.
            centre: expected ln E of each cell, (N, R, 1, Z).
            energy: incident energies, (N,) MeV.
            slot: one-hot slot of the detector.
        """
        _, bins, _, groups, _ = self.source.shape
        ring_layer, group = _places(showers.shape[1:], groups)
        first = (slot * bins + _energy_bin(energy)) * showers.shape[1] * groups
        out = np.zeros_like(showers)
        for k, shower in enumerate(showers.reshape(len(showers), -1)):
            filled = np.flatnonzero(shower > 0)
            expected = centre[k].reshape(-1).take(ring_layer.take(filled))
            values = np.log(shower.take(filled)) - expected
            mapped = self._maps(values, group.take(filled) + first[k])
            out[k].reshape(-1)[filled] = np.exp((mapped + expected).astype(np.float32))
        return out


@lru_cache(maxsize=16)
def _places(shape: tuple[int, int, int], groups: int) -> NDArray[np.intp]:
    """Of each cell of a shower, (2, cells): ring * layers + layer, and ring * groups + group of layers."""
    ring, _, layer = np.indices(shape).reshape(3, -1)
    places = np.stack([ring * shape[2] + layer, ring * groups + layer // LAYERS_A_GROUP])
    places.flags.writeable = False
    return places


def _energy_bin(energy: NDArray[np.float64]) -> NDArray[np.intp]:
    """Bin of incident energies, MeV, (N,); one on an edge, but for rounding, is below it."""
    return np.searchsorted(np.multiply(ENERGY_EDGES_MEV, 1 + 1e-6), energy)


def _regions(
    shape: tuple[int, ...], energy: NDArray[np.float64]
) -> Iterator[tuple[tuple[int, int, int], tuple[NDArray[np.intp], int, slice, slice]]]:
    """Where a region stands in the tables, and which cells it has: (rows, ring, azimuth, layers)."""
    bins = _energy_bin(energy)
    for energy_bin in range(len(ENERGY_EDGES_MEV) + 1):
        rows = np.flatnonzero(bins == energy_bin)
        for ring in range(shape[1]):
            for group in range(shape[3] // LAYERS_A_GROUP):
                layers = slice(group * LAYERS_A_GROUP, (group + 1) * LAYERS_A_GROUP)
                yield (energy_bin, ring, group), (rows, ring, slice(None), layers)


def _relative(
    cells: NDArray[np.float32], centre: NDArray[np.float32], cut_mev: float
) -> NDArray[np.float32]:
    """ln(E / expected E) of the cells above the cut."""
    filled = cells > cut_mev
    relative: NDArray[np.float32] = np.log(cells[filled])
    return relative - np.broadcast_to(centre, cells.shape)[filled]


def fit_cells(
    generated: dict[int, NDArray[np.float32]],
    reference: dict[int, NDArray[np.float32]],
    centre: dict[int, NDArray[np.float32]],
    energy: dict[int, NDArray[np.float64]],
    slots: int,
    cut_mev: float,
) -> CellCalibration:
    """Quantiles of generated and training showers of the same conditions.

    A region with fewer than 200 filled cells in either sample is left as it is.

    Args:
        generated: showers of each slot, (N, R, PHI, Z) MeV.
        reference: Geant4 training showers of the same conditions.
        centre: expected ln E, (N, R, 1, Z).
        energy: incident energies, (N,) MeV.
        slots: number of one-hot slots.
        cut_mev: cells below are empty for the model, so they are for the reference.
    """
    _, n_r, _, n_z = next(iter(generated.values())).shape
    bins = len(ENERGY_EDGES_MEV) + 1
    shape = (slots, bins, n_r, n_z // LAYERS_A_GROUP, len(_LEVELS))
    # The identity over all energies that occur.
    identity = np.linspace(-30, 30, len(_LEVELS), dtype=np.float32)
    source = np.broadcast_to(identity, shape).copy()
    target = source.copy()
    for slot, showers in generated.items():
        for table, index in _regions(showers.shape, energy[slot]):
            ours = _relative(showers[index], centre[slot][index], 0)
            theirs = _relative(reference[slot][index], centre[slot][index], cut_mev)
            if min(len(ours), len(theirs)) >= _LEAST_CELLS:
                source[slot][table] = np.quantile(ours, _LEVELS)
                target[slot][table] = np.quantile(theirs, _LEVELS)
    return CellCalibration(source, target)
