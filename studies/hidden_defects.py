"""Defects that means over all showers hide: of a few showers, of a region, of layers together.

The same rules as for :mod:`defects`; those that need other showers than the sample's own are made by
:func:`defects_with`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from defects import Defect, similar, with_cells
from numpy.typing import NDArray

from calobench.showers import Conditions, Showers

__all__ = ["HIDDEN_DEFECTS", "defects_with"]

Cells = NDArray[np.float32]
Flags = NDArray[np.bool_]
Inject = Callable[[Showers, np.random.Generator], Showers]

DEAD_LAYER = 12
LIBRARY = 10
NEAR = 0.02


def _twisted(showers: Showers, rng: np.random.Generator) -> Showers:
    """Each layer of each shower is turned by -1, 0 or 1 sector."""
    cells = showers.energy
    sectors, layers = cells.shape[2:]
    turns = rng.integers(-1, 2, (len(cells), layers))
    index = (np.arange(sectors)[None, :, None] - turns[:, None, :]) % sectors
    return with_cells(showers, np.take_along_axis(cells, index[:, None], axis=2))


def _in(showers: Showers, chosen: Flags, change: Callable[[Cells], Cells]) -> Showers:
    """Cells of the chosen showers changed."""
    cells = showers.energy.copy()
    cells[chosen] = change(cells[chosen])
    return with_cells(showers, cells)


def _one_in(every: int, showers: Showers, rng: np.random.Generator) -> Flags:
    """One of so many successive showers, by chance: their number is the same in every trial."""
    chosen = np.zeros(len(showers), bool)
    first = np.arange(0, len(showers) - every + 1, every)
    chosen[first + rng.integers(every, size=len(first))] = True
    return chosen


def _some_low(showers: Showers, rng: np.random.Generator) -> Showers:
    return _in(showers, _one_in(100, showers, rng), lambda cells: cells * np.float32(0.8))


def _dead_layer(showers: Showers, rng: np.random.Generator) -> Showers:
    def without(cells: Cells) -> Cells:
        cells[..., DEAD_LAYER] = 0
        return cells

    return _in(showers, _one_in(10, showers, rng), without)


def _corner(showers: Showers) -> Flags:
    """One shower in fifteen: above 75 GeV, to the side of small theta."""
    conditions = showers.conditions
    return np.asarray((conditions.energy > 7.5e4) & (conditions.theta < 1.25))


def _no_tail(showers: Showers, _: np.random.Generator) -> Showers:
    """In one region of energy and theta the last layers are missing."""

    def without(cells: Cells) -> Cells:
        cells[..., 2 * cells.shape[-1] // 5 :] = 0
        return cells

    return _in(showers, _corner(showers), without)


def _theta_ignored_in_a_corner(showers: Showers, rng: np.random.Generator) -> Showers:
    """In one region a condition has a shower of its energy that was made for another theta.

    Conditions change places, showers stay: none of them is in two samples.
    """
    theta, corner = showers.conditions.theta.copy(), _corner(showers)
    for members in similar(showers):
        here = members[corner[members]]
        others = rng.permutation(members[~corner[members]])[: len(here)]
        here = here[: len(others)]
        theta[here], theta[others] = theta[others], theta[here]
    conditions = showers.conditions
    return Showers(showers.energy, Conditions(conditions.energy, theta, conditions.phi))


def _leaking(showers: Showers, _: np.random.Generator) -> Showers:
    """Three per cent of each shower is left for the next."""
    return with_cells(
        showers, showers.energy + np.float32(0.03) * np.roll(showers.energy, 1, axis=0)
    )


def _rare_failure(showers: Showers, rng: np.random.Generator) -> Showers:
    """One shower in a thousand is empty."""
    return _in(showers, _one_in(1000, showers, rng), np.zeros_like)


def _rare_wrong_place(showers: Showers, rng: np.random.Generator) -> Showers:
    """One shower in a thousand begins half of the mesh later."""

    def later(cells: Cells) -> Cells:
        return np.roll(cells, cells.shape[-1] // 2, axis=-1)

    return _in(showers, _one_in(1000, showers, rng), later)


def _half_precision(showers: Showers, _: np.random.Generator) -> Showers:
    return with_cells(showers, showers.energy.astype(np.float16).astype(np.float32))


def _one_layer_later(showers: Showers, _: np.random.Generator) -> Showers:
    cells = np.zeros_like(showers.energy)
    cells[..., 1:] = showers.energy[..., :-1]
    return with_cells(showers, cells)


def _azimuth_flipped(showers: Showers, _: np.random.Generator) -> Showers:
    return with_cells(showers, np.ascontiguousarray(showers.energy[:, :, ::-1]))


def _some_from_a_library(showers: Showers, rng: np.random.Generator) -> Showers:
    """One shower in twenty is the nearest in energy of ten, scaled."""
    energy, cells = showers.conditions.energy, showers.energy.copy()
    library = rng.choice(len(showers), LIBRARY, replace=False)
    for i in np.flatnonzero(_one_in(20, showers, rng)):
        nearest = library[np.abs(np.log(energy[library] / energy[i])).argmin()]
        cells[i] = showers.energy[nearest] * np.float32(energy[i] / energy[nearest])
    return with_cells(showers, cells)


def _scale(factor: float) -> Inject:
    def inject(showers: Showers, _: np.random.Generator) -> Showers:
        return with_cells(showers, showers.energy * np.float32(factor))

    return inject


def _resolution(factor: float) -> Inject:
    """The distance of each response to the mean at its energy and angle, times a factor."""

    def inject(showers: Showers, _: np.random.Generator) -> Showers:
        conditions = showers.conditions
        total = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
        response = total / conditions.energy
        x, c = np.log(conditions.energy / 3e4), np.cos(conditions.theta)
        terms = np.stack([np.ones_like(x), x, x**2, x**3, x**4, c, c**2, c * x], axis=1)
        mean = terms @ np.linalg.lstsq(terms, response, rcond=None)[0]
        stretched = (mean + factor * (response - mean)) / response
        cells = showers.energy * stretched[:, None, None, None].astype(np.float32)
        return with_cells(showers, cells)

    return inject


_CELLS = ("cells_above_*", "cell_spectrum_*", "layer_occupancy_*", "ring_occupancy_*")

_OUTLIERS = ("sample.outliers", "sample.response_outliers")

HIDDEN_DEFECTS = (
    Defect("layers twisted by a sector", _twisted, ("azimuthal_coherence*",)),
    Defect("1 % of showers at 0.8 of their energy", _some_low, _OUTLIERS),
    Defect("a dead layer in 10 % of showers", _dead_layer, ("weakest_layer*",)),
    Defect("no tail in a corner of E and theta", _no_tail, ("*.local",)),
    Defect("theta ignored in that corner", _theta_ignored_in_a_corner, ("*.local",)),
    Defect("3 % of each shower left for the next", _leaking, ("response.*", *_CELLS)),
    Defect("1 shower in 1,000 empty", _rare_failure, ("sample.empty", "sample.outliers")),
    Defect("1 shower in 1,000 far too deep", _rare_wrong_place, ("sample.outliers",)),
    Defect("cells in half precision", _half_precision, _CELLS),
    Defect(
        "one layer deeper", _one_layer_later, ("centre_of_gravity_z.*", "layer*", "shower_*", "depth_*")
    ),
    Defect("azimuth flipped", _azimuth_flipped, ("azimuth_sin*", "centre_of_gravity_y.*")),
    Defect("5 % from a library of 10 showers", _some_from_a_library, ("sample.repeated",)),
    Defect("scale off by 8 %, then by 9 %", _scale(1.09), ("response.bias",), baseline=_scale(1.08)),
    Defect(
        "resolution 1.25 times, then 0.8 times",
        _resolution(0.8),
        ("response.width",),
        baseline=_resolution(1.25),
    ),
)  # fmt: skip


def defects_with(reference: Showers, foreign: Showers) -> tuple[Defect, ...]:
    """Defects for which the sample gets showers from elsewhere.

    Args:
        reference: what models are compared with.
        foreign: showers of another detector.
    """

    def nearest(showers: Showers, others: Showers) -> NDArray[np.intp]:
        distance = np.abs(np.log(showers.conditions.energy[:, None] / others.conditions.energy))
        return np.asarray(distance.argmin(axis=1))

    def mixed(every: int, others: Showers, *, spread: float = 0.0, keep: bool = False) -> Inject:
        """One shower in so many is the nearest in energy of others, scaled, with noise on every cell.

        With ``keep`` they are scaled to the visible energy that was there.
        """

        def inject(showers: Showers, rng: np.random.Generator) -> Showers:
            chosen = np.flatnonzero(_one_in(every, showers, rng))
            source = nearest(showers, others)[chosen]
            cells = showers.energy.copy()
            energy = others.energy[source]
            scale = showers.conditions.energy[chosen] / others.conditions.energy[source]
            if keep:
                scale = showers.energy[chosen].sum((1, 2, 3)) / energy.sum((1, 2, 3))
            noise = rng.normal(1, spread, energy.shape) if spread else 1.0
            cells[chosen] = energy * scale[:, None, None, None] * noise
            return with_cells(showers, np.maximum(cells, 0))

        return inject

    def replayed(showers: Showers, _: np.random.Generator) -> Showers:
        source = np.resize(np.arange(len(reference)), len(showers))
        conditions = reference.conditions
        return Showers(
            reference.energy[source],
            Conditions(conditions.energy[source], conditions.theta[source], conditions.phi[source]),
        )

    return (
        Defect(
            "2 % of showers from another detector",
            mixed(50, foreign),
            ("sample.outliers",),
        ),
        Defect(
            "the same, with the right energy",
            mixed(50, foreign, keep=True),
            ("sample.outliers",),
        ),
        Defect("the reference replayed", replayed, ("sample.copies",)),
        Defect(
            "5 % near copies of the reference",
            mixed(20, reference, spread=NEAR),
            ("sample.copies",),
        ),
    )
