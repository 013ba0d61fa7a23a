"""Defects of a fast simulation, put into real showers: what a gate must find.

Each takes showers and a source of randomness and returns showers of the same conditions; all that it
does not name stays as it was, as far as that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.showers import Conditions, Showers

__all__ = ["DEFECTS", "Defect", "similar", "with_cells"]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

# Showers of similar energy: among 5,000 flat in 1-100 GeV, neighbours within 0.2 GeV.
NEIGHBOURS = 10


class Defect(NamedTuple):
    """A defect and the observables that must be named.

    Attributes:
        name: for tables.
        inject: ``(showers, rng) -> showers``.
        named_by: patterns of metrics that call it by its name, fixed before any measurement.
        repeats: so many distinct showers make up a sample; None: all are distinct.
        baseline: what the baseline already had; None: nothing.
        halves: showers of the first half share something with those of the second, in order: a sample
            has as many of either, one half after the other.
    """

    name: str
    inject: Callable[[Showers, np.random.Generator], Showers]
    named_by: tuple[str, ...]
    repeats: int | None = None
    baseline: Callable[[Showers, np.random.Generator], Showers] | None = None
    halves: bool = False


def _energy_scale(showers: Showers, _: np.random.Generator) -> Showers:
    return with_cells(showers, showers.energy * np.float32(1.02))


def _resolution(showers: Showers, _: np.random.Generator) -> Showers:
    """The distance of each shower's response to the mean at its energy and angle, times 1.2."""
    total = _total(showers)
    response = total / showers.conditions.energy
    x, c = np.log(showers.conditions.energy / 3e4), np.cos(showers.conditions.theta)
    terms = np.stack([np.ones_like(x), x, x**2, x**3, x**4, c, c**2, c * x], axis=1)
    mean = terms @ np.linalg.lstsq(terms, response, rcond=None)[0]
    return _scaled(showers, (mean + 1.2 * (response - mean)) / response)


def _deeper(showers: Showers, rng: np.random.Generator) -> Showers:
    """Every second shower, by chance, begins one layer later: half a layer on average."""
    cells = showers.energy.copy()
    moved = rng.random(len(cells)) < 0.5
    cells[moved, :, :, 1:] = showers.energy[moved, :, :, :-1]
    cells[moved, :, :, 0] = 0
    return with_cells(showers, cells)


def _wider(showers: Showers, rng: np.random.Generator) -> Showers:
    """Cells move outwards by one ring with the probability that makes the mean radius 5 % larger."""
    cells = showers.energy
    rings = np.arange(cells.shape[1])
    # The outermost ring has nowhere to go.
    probability = np.where(rings < rings[-1], 0.05 * (rings + 0.5), 0.0)
    moves = rng.random(cells.shape, dtype=np.float32) < probability[None, :, None, None]
    moving = np.where(moves, cells, np.float32(0))
    result = cells - moving
    result[:, 1:] += moving[:, :-1]
    return with_cells(showers, result)


def _dropped(showers: Showers, rng: np.random.Generator) -> Showers:
    cells = showers.energy
    drop = (cells < 0.1) & (rng.random(cells.shape, dtype=np.float32) < 0.1)
    return with_cells(showers, np.where(drop, np.float32(0), cells))


def _noise(showers: Showers, rng: np.random.Generator) -> Showers:
    """One cell in a thousand gets 0.01 to 0.1 MeV more, evenly in the logarithm."""
    cells = showers.energy.copy()
    noisy = rng.random(cells.shape, dtype=np.float32) < 1e-3
    cells[noisy] += (10 ** rng.uniform(-2, -1, int(noisy.sum()))).astype(np.float32)
    return with_cells(showers, cells)


def _as_they_are(showers: Showers, _: np.random.Generator) -> Showers:
    return showers


def _library(showers: Showers, rng: np.random.Generator) -> Showers:
    """Each condition gets the nearest in energy of 100 showers, scaled to its energy."""
    energy = showers.conditions.energy
    library = rng.choice(len(showers), 100, replace=False)
    nearest = library[np.abs(np.log(energy[:, None] / energy[library])).argmin(axis=1)]
    factor = energy / energy[nearest]
    cells = showers.energy[nearest] * factor[:, None, None, None].astype(np.float32)
    return with_cells(showers, cells)


def _theta_ignored(showers: Showers, rng: np.random.Generator) -> Showers:
    """Each condition gets a shower of about its energy that was made for another theta."""
    theta = showers.conditions.theta.copy()
    for members in similar(showers):
        theta[members] = theta[rng.permutation(members)]
    conditions = showers.conditions
    return Showers(showers.energy, Conditions(conditions.energy, theta, conditions.phi))


def _asymmetry(showers: Showers, _: np.random.Generator) -> Showers:
    """Five per cent more at azimuth 0, five less at pi, as a cosine."""
    sectors = showers.energy.shape[2]
    phi = (np.arange(sectors) + 0.5) * 2 * np.pi / sectors - np.pi
    wave = (1 + 0.05 * np.cos(phi)).astype(np.float32)
    return with_cells(showers, showers.energy * wave[None, None, :, None])


def _shuffled(
    layers_together: int,
) -> Callable[[Showers, np.random.Generator], Showers]:
    """Layers come from different showers of about the same energy; the visible energy is kept."""

    def inject(showers: Showers, rng: np.random.Generator) -> Showers:
        cells = np.empty_like(showers.energy)
        energy = showers.conditions.energy
        for first in range(0, cells.shape[3], layers_together):
            group = slice(first, first + layers_together)
            for members in similar(showers):
                source = rng.permutation(members)
                factor = (energy[members] / energy[source]).astype(np.float32)
                moved = showers.energy[source][..., group] * factor[:, None, None, None]
                cells[members, :, :, group] = moved
        mixed = with_cells(showers, cells)
        return _scaled(mixed, _total(showers) / _total(mixed))

    return inject


def similar(showers: Showers) -> list[NDArray[np.intp]]:
    """Groups of about ten showers of about the same energy."""
    order = np.argsort(showers.conditions.energy, kind="stable")
    return np.array_split(order, max(1, len(order) // NEIGHBOURS))


def _total(showers: Showers) -> Array:
    total: Array = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
    return total


def _scaled(showers: Showers, factor: Array) -> Showers:
    return with_cells(showers, showers.energy * factor[:, None, None, None].astype(np.float32))


def with_cells(showers: Showers, cells: Cells) -> Showers:
    """Other cells for the same conditions."""
    return Showers(cells, showers.conditions)


_LONGITUDINAL = (
    "centre_of_gravity_z.*", "layers_??_??.*", "layer_occupancy_*", "shower_*", "depth_*",
)  # fmt: skip
_RADIAL = ("centre_of_gravity_r.*", "width_r.*", "ring_*", "radius_*")
_CELLS = ("cells_above_*", "cell_spectrum_*", "layer_occupancy_*", "ring_occupancy_*")

DEFECTS = (
    Defect("energy scale +2 %", _energy_scale, ("response.bias",)),
    Defect("resolution +20 %", _resolution, ("response.width",)),
    Defect("half a layer deeper", _deeper, _LONGITUDINAL),
    Defect("5 % wider in radius", _wider, _RADIAL),
    Defect("10 % of cells below 0.1 MeV dropped", _dropped, _CELLS),
    Defect("noise in one cell of 1,000", _noise, _CELLS),
    Defect("100 distinct showers repeated", _as_they_are, ("sample.repeated",), repeats=100),
    Defect("100 distinct showers, scaled in energy", _library, ("sample.repeated",)),
    Defect(
        "theta ignored", _theta_ignored, ("*.slope_theta", "centre_of_gravity_x.*", "azimuth_*")
    ),
    Defect("5 % asymmetry in azimuth", _asymmetry, ("centre_of_gravity_x.*", "azimuth_*")),
    Defect("layers uncorrelated", _shuffled(1), ("*.correlation",)),
    Defect("groups of five layers uncorrelated", _shuffled(5), ("*.correlation",)),
)
