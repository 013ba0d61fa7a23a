"""From cells of the readout to photons: CLUE in every layer, then joined in depth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.clue import ClueParameters, clue
from calobench.benchmarks.diphoton.linking import LinkParameters, link
from calobench.detectors.reconstruction import ClueSpec, LinkSpec, ReconstructionSpec
from calobench.placement.cells import Readout
from calobench.placement.events import ReadoutEvents

__all__ = [
    "Cells",
    "LayerClusters",
    "Photons",
    "cells_of",
    "join",
    "layer_clusters",
    "reconstruct",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Cells(NamedTuple):
    """Cells with energy above threshold, of many events.

    Attributes:
        event: which event each belongs to, (N,).
        layer: number of its layer, (N,).
        position: in the plane of the layer, mm, (N, 2).
        seen: the same seen along the photons' direction, mm, (N, 2): equal to ``position`` for photons
            that hit the face at a right angle.
        energy: MeV, (N,).
        n_events: number of events, those without cells included.
        n_layers: number of layers.
    """

    event: Indices
    layer: Indices
    position: Floats
    seen: Floats
    energy: Floats
    n_events: int
    n_layers: int


class Photons(NamedTuple):
    """Reconstructed photons, sorted by event and falling energy.

    Attributes:
        event: (M,).
        energy: sum over its cells, MeV, (M,).
        position: energy-weighted mean, seen along the photons' direction, mm, (M, 2).
    """

    event: Indices
    energy: Floats
    position: Floats


def cells_of(events: ReadoutEvents, readout: Readout) -> Cells:
    """The cells of events, ready to be clustered.

    Args:
        events: after threshold and noise.
        readout: says where the cells are.
    """
    return Cells(
        events.event,
        events.layer,
        readout.plane(events.layer, events.i, events.j),
        readout.seen(events),
        events.energy,
        len(events),
        readout.layers,
    )


def reconstruct(cells: Cells, parameters: ReconstructionSpec) -> Photons:
    """Find the photons of every event.

    Args:
        cells: above threshold.
        parameters: of the detector.
    """
    return join(layer_clusters(cells, parameters), parameters)


class LayerClusters(NamedTuple):
    """Clusters of single layers, C of them.

    Attributes:
        energy: MeV, (C,).
        position: energy-weighted mean, seen along the photons' direction, mm, (C, 2).
        event: (C,).
        layer: (C,).
    """

    energy: Floats
    position: Floats
    event: Indices
    layer: Indices


def layer_clusters(cells: Cells, parameters: ReconstructionSpec) -> LayerClusters:
    """The first half of :func:`reconstruct`: cells of one layer joined."""
    group = cells.event * cells.n_layers + cells.layer
    label = clue(cells.position, cells.energy, group, _clue_parameters(parameters.layer))
    return _merge(label, cells.energy, cells.seen, cells.event, cells.layer)


def join(flat: LayerClusters, parameters: ReconstructionSpec) -> Photons:
    """The second half of :func:`reconstruct`: clusters of layers joined in depth."""
    joined = link(
        flat.position, flat.layer, flat.energy, flat.event, _link_parameters(parameters.link)
    )
    merged = _merge(joined, flat.energy, flat.position, flat.event, flat.layer)
    kept = np.flatnonzero(merged.energy >= parameters.min_energy_mev)
    order = kept[np.lexsort((-merged.energy[kept], merged.event[kept]))]
    return Photons(merged.event[order], merged.energy[order], merged.position[order])


def _merge(
    label: Indices, energy: Floats, position: Floats, event: Indices, layer: Indices
) -> LayerClusters:
    """Clusters: energies added, positions averaged, event and layer of their first member."""
    kept = label >= 0
    label, energy, position = label[kept], energy[kept], position[kept]
    clusters, first = np.unique(label, return_index=True)
    n = len(clusters)
    total = np.asarray(np.bincount(label, weights=energy, minlength=n), dtype=np.float64)
    mean = np.column_stack(
        [np.bincount(label, weights=energy * axis, minlength=n) / total for axis in position.T]
    )
    return LayerClusters(total, mean, event[kept][first], layer[kept][first])


def _clue_parameters(spec: ClueSpec) -> ClueParameters:
    return ClueParameters(spec.dc_mm, spec.rhoc_mev, spec.outlier_delta_factor)


def _link_parameters(spec: LinkSpec) -> LinkParameters:
    return LinkParameters(spec.dc_mm, spec.rhoc_mev, spec.outlier_delta_factor, spec.layers)
