"""Ten defects, each in rising sizes: where does a level of the verdict begin?

Fixed before any was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from defects import with_cells
from numpy.typing import NDArray

from calobench.showers import Showers

__all__ = ["RISING", "Rising"]

Array = NDArray[np.float64]
Inject = Callable[[Showers, float, np.random.Generator], Showers]


class Rising(NamedTuple):
    """A defect.

    Attributes:
        name: for tables.
        inject: ``(showers, size, rng) -> showers``.
        sizes: rising.
        form: how a size is written.
        scale: of the written number.
    """

    name: str
    inject: Inject
    sizes: tuple[float, ...]
    form: str = "{:g} %"
    scale: float = 100.0

    def words(self, size: float) -> str:
        """A size for a table."""
        return self.form.format(self.scale * size)


def _scale(showers: Showers, size: float, _: np.random.Generator) -> Showers:
    return with_cells(showers, showers.energy * np.float32(1 + size))


def _resolution(showers: Showers, size: float, _: np.random.Generator) -> Showers:
    """The distance of the response from its mean at the energy, times 1 + size."""
    total = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
    response = total / showers.conditions.energy
    x = np.log(showers.conditions.energy / 3e4)
    terms = np.stack([x**k for k in range(5)], axis=1)
    mean = terms @ np.linalg.lstsq(terms, response, rcond=None)[0]
    factor = np.maximum((mean + (1 + size) * (response - mean)) / response, 0.05)
    return with_cells(showers, showers.energy * factor[:, None, None, None].astype(np.float32))


def _deeper(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    """Showers begin that many layers later, on average."""
    cells = np.zeros_like(showers.energy)
    whole = int(size)
    steps = whole + (rng.random(len(cells)) < size - whole)
    for row, step in enumerate(steps):
        cells[row, :, :, step:] = showers.energy[row, :, :, : cells.shape[3] - step]
    return with_cells(showers, cells)


def _wider(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    """Cells move outwards by a ring with the probability that makes the mean radius larger by that."""
    cells = showers.energy
    rings = np.arange(cells.shape[1])
    probability = np.where(rings < rings[-1], np.minimum(size * (rings + 0.5), 1.0), 0.0)
    moves = rng.random(cells.shape, dtype=np.float32) < probability[None, :, None, None]
    moving = np.where(moves, cells, np.float32(0))
    result = cells - moving
    result[:, 1:] += moving[:, :-1]
    return with_cells(showers, result)


def _cut(showers: Showers, size: float, _: np.random.Generator) -> Showers:
    return with_cells(showers, np.where(showers.energy < size, np.float32(0), showers.energy))


def _noise(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    cells = showers.energy.copy()
    noisy = rng.random(cells.shape, dtype=np.float32) < size
    cells[noisy] += (10 ** rng.uniform(-1, 0, int(noisy.sum()))).astype(np.float32)
    return with_cells(showers, cells)


def _scrambled(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    """In that fraction of the showers the cells of each ring and layer change places in azimuth."""
    cells = showers.energy.copy()
    chosen = rng.random(len(cells)) < size
    order = rng.random(cells[chosen].shape, dtype=np.float32).argsort(axis=2)
    cells[chosen] = np.take_along_axis(cells[chosen], order, axis=2)
    return with_cells(showers, cells)


def _twisted(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    """Turn that fraction of the layers by one sector, either way."""
    cells = showers.energy
    sectors, layers = cells.shape[2:]
    turned = rng.random((len(cells), layers)) < size
    turns = turned * rng.choice([-1, 1], (len(cells), layers))
    index = (np.arange(sectors)[None, :, None] - turns[:, None, :]) % sectors
    return with_cells(showers, np.take_along_axis(cells, index[:, None], axis=2))


def _asymmetric(showers: Showers, size: float, _: np.random.Generator) -> Showers:
    sectors = showers.energy.shape[2]
    phi = (np.arange(sectors) + 0.5) * 2 * np.pi / sectors - np.pi
    wave = (1 + size * np.cos(phi)).astype(np.float32)
    return with_cells(showers, showers.energy * wave[None, None, :, None])


def _repeated(showers: Showers, size: float, rng: np.random.Generator) -> Showers:
    """Replace that fraction of the showers by others of the sample, scaled to their energy."""
    rows = np.arange(len(showers))
    replaced = rng.choice(rows, int(size * len(rows)), replace=False)
    kept = np.setdiff1d(rows, replaced)
    energy = showers.conditions.energy
    nearest = kept[np.abs(np.log(energy[replaced][:, None] / energy[kept])).argmin(axis=1)]
    cells = showers.energy.copy()
    factor = (energy[replaced] / energy[nearest]).astype(np.float32)
    cells[replaced] = showers.energy[nearest] * factor[:, None, None, None]
    return with_cells(showers, cells)


RISING = (
    Rising("energy scale", _scale, (0.003, 0.01, 0.03, 0.1)),
    Rising("resolution", _resolution, (0.1, 0.3, 1.0, 3.0)),
    Rising("layers deeper", _deeper, (0.25, 1.0, 3.0, 10.0), "{:g}", 1.0),
    Rising("mean radius", _wider, (0.01, 0.03, 0.1, 0.4)),
    Rising("cells cut below", _cut, (0.05, 0.2, 1.0, 5.0), "{:g} MeV", 1.0),
    Rising("cells with noise of 0.1 to 1 MeV", _noise, (0.001, 0.01, 0.05, 0.3)),
    Rising("showers scrambled in azimuth", _scrambled, (0.05, 0.2, 0.5, 1.0)),
    Rising("layers twisted by a sector", _twisted, (0.05, 0.2, 0.5, 1.0)),
    Rising("asymmetry in azimuth", _asymmetric, (0.02, 0.05, 0.15, 0.5)),
    Rising("showers repeated", _repeated, (0.03, 0.1, 0.3, 0.9)),
)
"""The sizes go up by about three, from what a good model may have to what nobody would use."""
