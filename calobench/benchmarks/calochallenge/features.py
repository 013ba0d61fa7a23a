"""High-level features of the CaloChallenge: energies, centres, widths and sparsity of each layer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.binning import Binning, Layer

__all__ = ["FeatureExtractor", "FeatureLayout", "classifier_features"]

Array = NDArray[np.float64]

# Keeps empty layers from dividing by zero: their centres and widths are then zero.
_GUARD = 1e-16
_LOG_GUARD = 1e-8
_CENTIMETRES = 1e2


@dataclass(frozen=True)
class FeatureLayout:
    """Columns of a feature table, in the challenge's own order.

    The order is that of the vector for the high-level classifier, FPD and KPD: incident energy,
    energy of each layer, centre and width in eta and phi of each layer with sectors (all eta
    centres, all phi centres, all eta widths, all phi widths), total energy, sparsity of each layer,
    centre and width in r of each layer. Data sets 2 and 3 have 362 columns, data set 1 30 (photons)
    and 46 (pions).
    """

    binning: Binning

    @property
    def blocks(self) -> dict[str, slice]:
        """Name to columns."""
        every, sectored = len(self.binning.layers), len(self.binning.with_sectors)
        widths = {
            "E_inc": 1,
            "E_layer": every,
            "EC_eta": sectored,
            "EC_phi": sectored,
            "width_eta": sectored,
            "width_phi": sectored,
            "E_tot": 1,
            "sparsity": every,
            "EC_r": every,
            "width_r": every,
        }
        blocks, start = {}, 0
        for name, width in widths.items():
            blocks[name] = slice(start, start + width)
            start += width
        return blocks

    @property
    def columns(self) -> int:
        """Number of features."""
        return int(self.blocks["width_r"].stop)


class FeatureExtractor:
    """Features of showers, a chunk at a time.

    Layers that are cut alike and follow each other are done in one matrix product: energies and the
    first and second moments of all of them are sums with fixed weights, all in double precision. (The
    original adds the energies of a file in single precision in that type, in an order that depends on
    the processor.)

    Args:
        binning: of the showers.
    """

    def __init__(self, binning: Binning) -> None:
        self.layout = FeatureLayout(binning)
        self._blocks = self.layout.blocks
        self._groups: list[tuple[slice, slice, int, Array]] = []
        layer = 0
        for _, members in groupby(binning.layers, key=lambda layer: (layer.r_edges, layer.n_alpha)):
            alike = list(members)
            layers = slice(layer, layer + len(alike))
            cells = slice(binning.offsets[layers.start], binning.offsets[layers.stop])
            self._groups.append((layers, cells, alike[0].voxels, _weights(alike[0])))
            layer = layers.stop

    def __call__(self, cells: NDArray[np.floating], incident_energy: Array) -> Array:
        """Features in plain units (MeV, mm) of showers whose threshold has been applied.

        Args:
            cells: (n, voxels), MeV, in the number type of the file.
            incident_energy: (n,), MeV.

        Returns:
            (n, columns) as :class:`FeatureLayout` says.
        """
        n, layers = len(cells), len(self.layout.binning.layers)
        empty, sums = np.empty((n, layers)), np.empty((n, layers, 7))
        for where, voxels, per_layer, weights in self._groups:
            part = cells[:, voxels].reshape(n, -1, per_layer)
            sums[:, where] = part @ weights
            filled = np.count_nonzero(part > 0, axis=-1)
            empty[:, where] = 1.0 - filled / per_layer
        energy = sums[..., :1]
        centres = sums[..., 1:4] / (energy + _GUARD)
        squares = sums[..., 4:] / (energy + _GUARD)
        widths = np.sqrt(np.clip(squares - centres**2, 0, None))
        sectored = list(self.layout.binning.with_sectors)
        content = {
            "E_inc": incident_energy[:, None],
            "E_layer": energy[..., 0],
            "EC_eta": centres[:, sectored, 0],
            "EC_phi": centres[:, sectored, 1],
            "width_eta": widths[:, sectored, 0],
            "width_phi": widths[:, sectored, 1],
            "E_tot": energy.sum(axis=1),
            "sparsity": empty,
            "EC_r": centres[..., 2],
            "width_r": widths[..., 2],
        }
        table = np.empty((n, self.layout.columns))
        for name, columns in self._blocks.items():
            table[:, columns] = content[name]
        return table


def classifier_features(table: Array, layout: FeatureLayout) -> Array:
    """The vector that the high-level classifier, FPD and KPD see: no label, no threshold left.

    Energies become log10(E + 1e-8), centres and widths are divided by 100. It is done in place: a
    second copy of the table would be the largest thing in memory.

    Args:
        table: of :class:`FeatureExtractor`, (N, columns); overwritten.
        layout: of the table.

    Returns:
        The table.
    """
    for name, columns in layout.blocks.items():
        part = table[:, columns]
        if name == "E_inc":
            np.log10(part, out=part)
        elif name.startswith("E_"):
            part += _LOG_GUARD
            np.log10(part, out=part)
        elif name != "sparsity":
            part /= _CENTIMETRES
    return table


def _weights(layer: Layer) -> Array:
    """Columns whose sums are the energy and its first and second moments in eta, phi and r."""
    places = (layer.eta, layer.phi, layer.r)
    squares = (place * place for place in places)
    return np.stack((np.ones(layer.voxels), *places, *squares), axis=1)
