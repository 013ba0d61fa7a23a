"""The histograms of the CaloChallenge: which quantities, in which bins.

Source: code/evaluate.py and evaluate_plotting_helper.py of github.com/CaloChallenge/homepage at commit
9b41df7. Ranges are fixed, except that energies of layers and cells end at the largest value of the
reference.

The original compares values with edges to the last bit, and some lie on edges by construction: the largest
energy, which ends its own histogram, and in data set 1 the centre in r of a layer in which one ring is
filled. There its numbers depend on the processor, or on the type of the numbers in the file: with and
without AVX-512 those of 40 to 600 showers differ by up to 1.2 %. Here such values lie inside and in the
upper bin, as is meant (:mod:`calobench._util.edges`). Off the edges, and for the sparsity everywhere, the
bins are those of the original.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import bin_index, cuts_between
from calobench.benchmarks.calochallenge.datasets import ChallengeDataset
from calobench.benchmarks.calochallenge.features import FeatureLayout

__all__ = ["ABSENT", "Quantity", "Samples", "all_quantities", "cell_edges", "sparsity_edges"]

Array = NDArray[np.float64]
Codes = NDArray[np.uint8]

ABSENT = 255
"""Code of a shower that a histogram is not about."""

# Layers of data set 1 in the hadronic calorimeter, with wider ranges.
_WIDE_CENTRE, _WIDE_RADIUS = frozenset({12, 13}), frozenset({12, 13, 14})


@dataclass(frozen=True)
class Quantity:
    """One row of the published tables: one histogram, or one per layer whose scores are averaged.

    Attributes:
        name: as in the published tables.
        label: in words.
        members: number of each histogram (of the layer, or log2 of the energy in MeV); (None,) for one.
        edges: (histograms, K+1); None for a layer that is empty in the reference: whatever is
            there is overflow.
        values: the numbers of a feature table, (N, histograms); NaN for showers it is not about.
    """

    name: str
    label: str
    members: tuple[int | None, ...]
    edges: tuple[Array | None, ...]
    values: Callable[[Array], Array]

    def codes(self, table: Array) -> Codes:
        """Bin of each shower in each histogram: 0 underflow, 1 to K bins, K+1 overflow.

        Args:
            table: features, (N, columns).

        Returns:
            (N, histograms); ``ABSENT`` where a shower does not belong.
        """
        values = self.values(table)
        codes = np.empty(values.shape, np.uint8)
        for column, edges in enumerate(self.edges):
            if edges is None:
                codes[:, column] = np.where(values[:, column] > 0, self.bins + 1, 0)
            else:
                codes[:, column] = bin_index(values[:, column], edges, closed=True)
        codes[np.isnan(values)] = ABSENT
        return codes

    @property
    def bins(self) -> int:
        """Bins of each histogram, without the two outside."""
        return max((len(edges) - 1 for edges in self.edges if edges is not None), default=1)


@dataclass(frozen=True)
class Samples:
    """The data that the edges depend on: the data set, and the largest energies of the reference.

    Attributes:
        layout: of the feature table.
        dataset: the data set.
        largest_in_layer: largest energy of each layer in the reference, MeV, (layers,).
    """

    layout: FeatureLayout
    dataset: ChallengeDataset
    largest_in_layer: Array


def all_quantities(samples: Samples) -> tuple[Quantity, ...]:
    """All rows made of per-shower numbers, in the order of the published tables.

    Cells are many a shower and have no row here: see :func:`cell_edges`.
    """
    dataset, layout = samples.dataset, samples.layout
    numbers = layout.binning.numbers
    sectored = tuple(numbers[i] for i in layout.binning.with_sectors)
    energies = tuple(
        _log_edges(dataset.threshold_mev, largest, 40) for largest in samples.largest_in_layer
    )
    quantities = [
        Quantity("E layer", "energy of a layer", numbers, energies, _column(layout, "E_layer")),
        Quantity("E total", "E_tot / E_inc", (None,), (np.linspace(0.5, 1.5, 101),),
                 lambda table: _response(table, layout)),
    ]  # fmt: skip
    if dataset.discrete_energies:
        quantities.append(_response_by_energy(dataset, layout))
    for name, label, block, members, ranges in (
        ("EC eta", "centre of energy in eta", "EC_eta", sectored, _centre_range),
        ("EC phi", "centre of energy in phi", "EC_phi", sectored, _centre_range),
        ("EC r", "centre of energy in r", "EC_r", numbers, _radius_range),
        ("EC eta std", "width in eta", "width_eta", sectored, _width_range),
        ("EC phi std", "width in phi", "width_phi", sectored, _width_range),
        ("EC r std", "width in r", "width_r", numbers, _radial_width_range),
    ):
        edges = tuple(np.linspace(*ranges(dataset, layer), 101) for layer in members)
        quantities.append(Quantity(name, label, members, edges, _column(layout, block)))
    parts = tuple(sparsity_edges(layer.voxels) for layer in layout.binning.layers)
    quantities.append(Quantity("sparsity", "fraction of empty cells", numbers, parts,
                          _column(layout, "sparsity")))  # fmt: skip
    return tuple(quantities)


def cell_edges(dataset: ChallengeDataset, largest_cell: float) -> Array | None:
    """Bins of the cell energies, MeV; None when the reference has no filled cell.

    Args:
        dataset: the data set.
        largest_cell: of the reference, MeV.
    """
    return _log_edges(dataset.threshold_mev, largest_cell, 50)


def sparsity_edges(voxels: int) -> Array:
    """Bins of the fraction of empty cells, half-way between two of the values that it can take.

    Every fraction is in the bin of the original, 20 equal ones from 0 to 1, which rounding decides where
    both are equal: 1 - 45/900 lies below .95 there. The steps are plain, so that the original finds
    the same on every processor.

    Args:
        voxels: of the layer.

    Returns:
        (21,), not decreasing.
    """
    fractions = 1.0 - np.arange(voxels + 1)[::-1] / voxels
    return cuts_between(fractions, np.linspace(0, 1, 21))


def _log_edges(low: float, high: float, n: int) -> Array | None:
    if not high > low:
        return None
    edges: Array = np.logspace(np.log10(low), np.log10(float(high)), n)
    return edges


def _column(layout: FeatureLayout, block: str) -> Callable[[Array], Array]:
    columns = layout.blocks[block]
    return lambda table: table[:, columns]


def _response(table: Array, layout: FeatureLayout) -> Array:
    return table[:, layout.blocks["E_tot"]] / table[:, layout.blocks["E_inc"]]


def _response_by_energy(dataset: ChallengeDataset, layout: FeatureLayout) -> Quantity:
    """E_tot / E_inc at each of the 15 incident energies of data set 1."""
    powers = np.arange(8, 23)
    limits = np.ldexp(1.0, np.arange(8, 25))
    narrow = dataset.name == "1-photons"
    edges = tuple(
        np.linspace(0.9, 1.1, 21) if narrow and i > 3 else np.linspace(0.4, 1.4, 21)
        for i in range(len(powers))
    )

    def values(table: Array) -> Array:
        # The incident energies are the lower limits themselves.
        here = bin_index(table[:, layout.blocks["E_inc"]], limits) == 1 + np.arange(len(powers))
        return np.where(here, _response(table, layout), np.nan)

    members = tuple(int(power) for power in powers)
    label = "E_tot / E_inc at one incident energy"
    return Quantity("E total by energy", label, members, edges, values)


def _centre_range(dataset: ChallengeDataset, layer: int) -> tuple[float, float]:
    if not dataset.discrete_energies:
        return -30.0, 30.0
    return (-500.0, 500.0) if layer in _WIDE_CENTRE else (-100.0, 100.0)


def _width_range(dataset: ChallengeDataset, layer: int) -> tuple[float, float]:
    if not dataset.discrete_energies:
        return 0.0, 30.0
    return 0.0, 400.0 if layer in _WIDE_CENTRE else 100.0


def _radius_range(dataset: ChallengeDataset, layer: int) -> tuple[float, float]:
    if not dataset.discrete_energies:
        return 0.0, 42.0
    return 0.0, 1500.0 if layer in _WIDE_RADIUS else 500.0


def _radial_width_range(dataset: ChallengeDataset, layer: int) -> tuple[float, float]:
    if not dataset.discrete_energies:
        return 0.0, 20.0
    return _radius_range(dataset, layer)
