"""Geant4's own two-photon events in readout cells: nothing laid over each other, nothing through a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calobench._util.edges import bin_index
from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.curves import EventTable
from calobench.benchmarks.diphoton.sample import direct_table
from calobench.errors import ConditionsError, ShowerFileError
from calobench.io.joined import open_showers
from calobench.io.reading import Reading
from calobench.io.readout_cells import read_readout_events
from calobench.placement.events import ReadoutEvents

__all__ = ["read_direct"]

# Energies are kept in single precision.
_SAME = 1e-3


def read_direct(
    paths: Sequence[Path], chain: Chain, energies_mev: tuple[float, float]
) -> EventTable | None:
    """Read and measure two-photon events, a file a seed.

    Args:
        paths: files of ``calobench simulate --two-photons --readout``; none gives None.
        chain: what happens to the events from the threshold on.
        energies_mev: that the photons must have.

    Raises:
        ShowerFileError: unreadable, without readout cells, with cells in a layer that there is not, or not of
            two photons.
        MeshMismatchError: of another detector.
        ConditionsError: of other energies, or no separation is in a bin.
    """
    if not paths:
        return None
    events = [_read(path, chain, energies_mev) for path in paths]
    seeds = np.repeat(np.arange(len(events)), [len(one) for one in events])
    return direct_table(ReadoutEvents.concatenate(events), seeds, chain)


def _read(path: Path, chain: Chain, energies_mev: tuple[float, float]) -> ReadoutEvents:
    from calobench.harness.stored import require_mesh

    detector = chain.readout.detector
    with open_showers(path, Reading(detector)) as file:
        for one in file.files:
            require_mesh(one, detector)
    events = read_readout_events(path)
    layers = chain.readout.layers
    nowhere = (events.layer < 0) | (events.layer >= layers)
    if nowhere.any():
        raise ShowerFileError(
            f"{path}: 'cells_layer_y_z' has cells in layer {events.layer[nowhere][0]}, those of "
            f"{detector.name} are 0 to {layers - 1}; mend or remove such events"
        )
    if events.truth.photons != 2:
        raise ShowerFileError(
            f"{path}: one photon an event; --direct needs events of two, from 'calobench simulate "
            "--two-photons LOW:HIGH --readout'"
        )
    if not np.allclose(events.truth.energies, energies_mev, rtol=_SAME):
        first, second = events.truth.energies[0] / 1000
        raise ConditionsError(
            f"{path}: photons of {first:g} and {second:g} GeV are not those of --energies; leave the "
            "file out or change --energies"
        )
    low, high = chain.edges[[0, -1]]
    separation = events.truth.separation
    if not np.any(bin_index(separation, chain.edges[[0, -1]]) == 1):
        raise ConditionsError(
            f"{path}: separations from {separation.min():g} to {separation.max():g} mm, none between "
            f"{low:g} and {high:g} mm; change --separation or leave the file out"
        )
    return events
