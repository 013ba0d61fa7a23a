"""Digitisations of values that are on edges by construction: the last bit of an input changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from last_bit import DIRECTIONS, moved

from calobench.benchmarks.diphoton.clue import ClueParameters, clue
from calobench.benchmarks.diphoton.design import separation_edges
from calobench.detectors.catalogue import load_detector
from calobench.detectors.spec import Staves
from calobench.evaluation.conditional.bins import condition_axes
from calobench.evaluation.conditional.histograms import bin_counts, quantile_edges
from calobench.evaluation.conditional.terms import folded_azimuth
from calobench.evaluation.multivariate.prdc import prdc
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.samples import Distributions
from calobench.observables.features import FeatureTable
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.square import SquareReadout
from calobench.placement.theta_module import ThetaModuleReadout
from calobench.report.figures.distribution import _geometric
from calobench.showers import Conditions, Mesh
from calobench.showers.scoring import score
from calobench.stats.core import core_moments

MESH = Mesh(dr_mm=5.0, dz_mm=3.0)


def deposits_on_boundaries(position: Any) -> Any:
    # Along the depth: x' and y' along the stack's own axes but for rounding.
    return score(position, np.ones(len(position)), np.pi / 2, 0.0, MESH)


def boundary_positions() -> Any:
    """On the axis, on boundaries of rings, layers and sectors, in the stack's frame, mm."""
    depth = np.arange(20.0) * MESH.dz_mm
    axis = np.stack([depth, 0 * depth, 0 * depth], axis=1)
    ring = axis + np.array([0, 2 * MESH.dr_mm, 0])
    back = axis + np.array([0, 0, -3 * MESH.dr_mm])
    return np.concatenate([axis, ring, back])


def condition_bins(theta: Any) -> Any:
    """Angles of a scan, which are the edges of four equal bins."""
    n = len(theta)
    conditions = Conditions(np.full(n, 5e4), theta, np.linspace(-3, 3, n))
    return [axis.index(conditions) for axis in condition_axes(conditions, 0)]


def discrete_scores(values: Any) -> Any:
    """Histograms and cumulative distributions of depths of layers."""
    half = len(values) // 2
    samples = Distributions.of(values[:half], values[half:])
    return [len(samples.line.points), np.diff(samples.line.pool.starts)]


def square_cells(points: Any) -> Any:
    readout = SquareReadout(load_detector("FCCeeCLD"))
    cells = readout.cells(
        points * [readout.periods.widths_mm[0], readout.size_mm, readout.size_mm],
        np.zeros((len(points), 2)),
    )
    return list(cells)


def module_cells(points: Any) -> Any:
    readout = ThetaModuleReadout(load_detector("FCCeeALLEGRO"))
    across = points * [readout.periods.widths_mm[0], 50.0, 10.0]
    return list(readout.cells(across, np.zeros((len(points), 2))))


def grid_clusters(position: Any) -> Any:
    """Cells whose distance is the reach itself."""
    energy = np.tile([5.0, 1.0, 3.0], len(position))[: len(position)]
    return clue(position, energy, np.zeros(len(position), np.intp), ClueParameters(0.3, 2.0, 2.0))


def energy_bins(energy: Any) -> Any:
    """Numbers and responses of bins whose edges are the energies of the beams."""
    n = len(energy)
    response = np.random.default_rng(2).normal(0.2, 0.01, n)
    table = FeatureTable(
        Conditions(energy, np.full(n, 1.5), np.zeros(n)), {"response": response}, {}
    )
    result = energy_dependence(table, table, BEAMS)
    return [
        [(one.n, one.response) if one else None for one in sample]
        for sample in (result.reference, result.model)
    ]


def digitised(energy: Any) -> Any:
    """Cells whose energy is the threshold itself, or the energy at which they saturate."""
    n = len(energy)
    truth = Truth(np.full((n, 1), 1e4), np.zeros((n, 1, 2)), np.full(n, 1.5), np.zeros(n))
    cells = np.tile([[3], [0], [0]], n)
    events = ReadoutEvents.from_cells(np.arange(n), cells, energy, truth, np.zeros(n))
    return digitise(events, SquareReadout(load_detector("FCCeeCLD")), threshold_mev=0.3).event


def edges_of_separations(highest: Any) -> Any:
    """The last bin is half a cell wide, or as wide as a cell."""
    return [np.round(separation_edges(0.0, float(high), 20.0), 9) for high in highest]


def logarithmic_axes(highest: Any) -> Any:
    """Bins that grow by a constant factor, over just the range from which on the axis is logarithmic."""
    return [_geometric(np.geomspace(1, float(high), 6)) for high in highest]


BEAMS = 1e4 * np.arange(1, 6)
GRID = np.stack(np.meshgrid(np.arange(6.0), np.arange(-3.0, 3), np.arange(-3.0, 3)), -1).reshape(
    -1, 3
)
PLANE = np.stack(np.meshgrid(np.arange(12.0), np.arange(9.0)), -1).reshape(-1, 2)
LAYERS = 5.05 * np.random.default_rng(1).integers(3, 9, 400)

CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "deposits on boundaries of the mesh": (deposits_on_boundaries, boundary_positions()),
    "angles on edges": (condition_bins, np.tile(np.linspace(0.7, 2.4, 5), 60)),
    "azimuths where staves meet": (
        lambda phi: np.round(folded_azimuth(phi, 12), 9),
        np.pi / 12 * np.arange(-11, 13, 2),
    ),
    "staves of a detector": (
        lambda phi: np.round(Staves(count=16).azimuth(phi), 9), np.pi / 16 * np.arange(-15, 17, 2),
    ),
    "depths of layers": (discrete_scores, LAYERS),
    "shapes of a discrete observable": (
        lambda x: bin_counts(x, quantile_edges(LAYERS)), LAYERS,
    ),
    "square cells of the readout": (square_cells, GRID + np.array([0, 0.5, 0.5])),
    "cells of inclined plates": (module_cells, GRID * [1, 0, 1] + [0, 0, 0.3]),
    "clusters on a grid": (grid_clusters, 0.1 * PLANE),
    "energies of beams that are edges": (energy_bins, np.tile(BEAMS, 20)),
    "cells at the threshold": (digitised, 0.1 * np.repeat([1.0, 3.0, 5.0], 7)),
    "separations of whole and half cells": (edges_of_separations, np.array([30.0, 40.0, 50.0])),
    "axis that is just not logarithmic": (logarithmic_axes, np.array([5.0])),
    "intervals of equal length": (
        lambda x: [np.round(v, 9) for v in core_moments(x)], 0.1 * np.arange(100),
    ),
}  # fmt: skip


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", CASES)
def test_a_value_on_an_edge_stays_where_it_is(name: str, direction: str) -> None:
    function, values = CASES[name]
    expected, result = function(values), function(moved(values, direction))
    if isinstance(expected, list):
        for one, other in zip(result, expected, strict=True):
            np.testing.assert_array_equal(one, other)
    else:
        np.testing.assert_array_equal(result, expected)


def test_a_replay_lies_on_the_balls_of_the_reference_and_not_in_them() -> None:
    rng = np.random.default_rng(4)
    reference = rng.normal(size=(300, 20))
    expected = prdc(reference, reference)
    # Rows in another order are multiplied in other blocks; columns in another order add up differently.
    for _ in range(5):
        columns = rng.permutation(20)
        assert prdc(reference[:, columns], rng.permutation(reference)[:, columns]) == expected
    # The shower itself and its four nearest are in the ball, the fifth, which makes it, is not.
    assert expected.density == 1.0
