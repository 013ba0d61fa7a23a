"""The histograms of the CaloChallenge: which quantities, in which bins.

Source: code/evaluate.py and evaluate_plotting_helper.py of github.com/CaloChallenge/homepage at commit
9b41df7. Ranges are fixed, except that energies of layers and cells end at the largest value of the
reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.calochallenge.datasets import ChallengeDataset
from calobench.calochallenge.features import FeatureLayout

__all__ = ["ABSENT", "Quantity", "Samples", "all_quantities", "bin_index", "cell_edges"]

Array = NDArray[np.float64]
Codes = NDArray[np.uint8]

ABSENT = 255
"""Code of a shower that a histogram is not about."""

# Layers of data set 1 in the hadronic calorimeter, with wider ranges.
_WIDE_CENTRE, _WIDE_RADIUS = frozenset({12, 13}), frozenset({12, 13, 14})


@dataclass(frozen=True)
class Quantity:
    """One row of the published tables: one histogram, or one a layer whose scores are averaged.

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
        codes = np.full(values.shape, ABSENT, np.uint8)
        for column, edges in enumerate(self.edges):
            here = ~np.isnan(values[:, column])
            found = values[here, column]
            if edges is None:
                codes[here, column] = np.where(found > 0, self.bins + 1, 0)
            else:
                codes[here, column] = bin_index(found, edges)
        return codes

    @property
    def bins(self) -> int:
        """Bins of each histogram, without the two outside."""
        return max((len(edges) - 1 for edges in self.edges if edges is not None), default=1)


@dataclass(frozen=True)
class Samples:
    """What the edges depend on: the data set, and the largest energies of the reference.

    Attributes:
        layout: of the feature table.
        dataset: the data set.
        largest_in_layer: largest energy of each layer in the reference, MeV, (layers,), in the
            number type of its file.
    """

    layout: FeatureLayout
    dataset: ChallengeDataset
    largest_in_layer: NDArray[np.floating]


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
    found = [
        Quantity("E layer", "energy of a layer", numbers, energies, _column(layout, "E_layer")),
        Quantity("E total", "E_tot / E_inc", (None,), (np.linspace(0.5, 1.5, 101),),
                 lambda table: _response(table, layout)),
    ]  # fmt: skip
    if dataset.discrete_energies:
        found.append(_response_by_energy(dataset, layout))
    for name, label, block, members, ranges in (
        ("EC eta", "centre of energy in eta", "EC_eta", sectored, _centre_range),
        ("EC phi", "centre of energy in phi", "EC_phi", sectored, _centre_range),
        ("EC r", "centre of energy in r", "EC_r", numbers, _radius_range),
        ("EC eta std", "width in eta", "width_eta", sectored, _width_range),
        ("EC phi std", "width in phi", "width_phi", sectored, _width_range),
        ("EC r std", "width in r", "width_r", numbers, _radial_width_range),
    ):
        edges = tuple(np.linspace(*ranges(dataset, layer), 101) for layer in members)
        found.append(Quantity(name, label, members, edges, _column(layout, block)))
    part = (np.linspace(0, 1, 21),) * len(numbers)
    found.append(Quantity("sparsity", "share of empty cells", numbers, part,
                          _column(layout, "sparsity")))  # fmt: skip
    return tuple(found)


def cell_edges(dataset: ChallengeDataset, largest_cell: np.floating) -> Array | None:
    """Bins of the cell energies, MeV; None when the reference has no filled cell.

    Args:
        dataset: the data set.
        largest_cell: of the reference, MeV, in the number type of its file.
    """
    return _log_edges(dataset.threshold_mev, largest_cell, 50)


def bin_index(values: NDArray[np.floating], edges: Array) -> NDArray[np.intp]:
    """0 below the first edge, 1 to K in the bins, K+1 above; the last bin owns its upper edge.

    That is the rule of :func:`numpy.histogram`, with the two outside kept.
    """
    index = np.searchsorted(edges, values, side="right")
    index[values == edges[-1]] -= 1
    return index


def _log_edges(low: float, high: np.floating, n: int) -> Array | None:
    # The last edge is the largest value but for the rounding of logarithm and power, which decides
    # whether that value lies inside: both are taken in the types of the original.
    if not high > low:
        return None
    edges: Array = np.logspace(np.log10(low), np.log10(high), n)
    return edges


def _column(layout: FeatureLayout, block: str) -> Callable[[Array], Array]:
    columns = layout.blocks[block]
    return lambda table: table[:, columns]


def _response(table: Array, layout: FeatureLayout) -> Array:
    return table[:, layout.blocks["E_tot"]] / table[:, layout.blocks["E_inc"]]


def _response_by_energy(dataset: ChallengeDataset, layout: FeatureLayout) -> Quantity:
    """E_tot / E_inc at each of the 15 incident energies of data set 1."""
    powers = np.arange(8, 23)
    narrow = dataset.name == "1-photons"
    edges = tuple(
        np.linspace(0.9, 1.1, 21) if narrow and i > 3 else np.linspace(0.4, 1.4, 21)
        for i in range(len(powers))
    )

    def values(table: Array) -> Array:
        incident = table[:, layout.blocks["E_inc"]]
        here = (incident >= 2.0**powers) & (incident < 2.0 ** (powers + 1))
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
