"""From single showers to reconstructed two-photon events, for Geant4 and a model alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.reconstruction import ReconstructionSpec
from calobench.diphoton.curves import EventTable
from calobench.diphoton.design import Design, make_design, single_vertices
from calobench.diphoton.events import overlay
from calobench.diphoton.observables import Shot, leading_two, measure
from calobench.diphoton.reconstruct import Photons, cells_of, reconstruct
from calobench.placement.cells import Readout
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents
from calobench.placement.place import place
from calobench.showers import Showers

__all__ = ["Chain", "SingleTable", "direct_table", "pair_events", "pair_table", "single_table"]

# Events that are clustered together: enough to amortise the calls, few enough to fit in memory.
_CHUNK = 250

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """What happens to every event between the mesh and the curves.

    Attributes:
        readout: cells of the detector.
        reconstruction: parameters of the clustering.
        edges: bins of the true separation, mm, (K + 1,).
        method: how energy is spread within a cell of the mesh.
        threshold_mev: of a cell.
        seed: of placement and noise.
    """

    readout: Readout
    reconstruction: ReconstructionSpec
    edges: Floats
    method: str
    threshold_mev: float
    seed: int

    @property
    def bins(self) -> int:
        """Number of bins of separation, K."""
        return len(self.edges) - 1

    def rng(self, *key: int) -> np.random.Generator:
        """A stream of its own for every use: the same showers meet at the same places in every run."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def read_out(self, events: ReadoutEvents) -> ReadoutEvents:
        """After noise and threshold."""
        return digitise(events, self.readout, threshold_mev=self.threshold_mev, seed=self.seed)

    def photons(self, events: ReadoutEvents) -> Photons:
        """What is found in events that were read out."""
        return reconstruct(cells_of(events, self.readout), self.reconstruction)


class SingleTable(NamedTuple):
    """One photon alone, N of them.

    Attributes:
        found: how many photons were found, (N,).
        response: energy of the leading one over incident energy, (N,).
    """

    found: NDArray[np.intp]
    response: Floats


def pair_events(
    first: Showers, second: Showers, chain: Chain, seed_index: int
) -> tuple[Design, Iterator[ReadoutEvents]]:
    """Overlay every pair once in every bin of separation.

    Args:
        first: P showers.
        second: P showers.
        chain: what happens to them.
        seed_index: number of the seed; other places for other seeds.

    Returns:
        The design of all events, and the events as they are read out, in chunks.
    """
    pitch = chain.readout.pitch_mm
    design = make_design(len(first), chain.edges, pitch, chain.rng(seed_index))

    def chunks() -> Iterator[ReadoutEvents]:
        for start in range(0, len(design.pair), _CHUNK):
            rows = slice(start, start + _CHUNK)
            events = overlay(
                first,
                second,
                chain.readout,
                design.separation[rows],
                design.vertex[rows],
                pair=design.pair[rows],
                method=chain.method,
                seed=int(chain.rng(seed_index, 1, start).integers(2**31)),
            )
            yield chain.read_out(events)

    return design, chunks()


def pair_table(pairs: list[tuple[Showers, Showers]], chain: Chain) -> EventTable:
    """All events of one source, measured.

    Args:
        pairs: first and second showers of each seed.
        chain: what happens to them.
    """
    parts: list[EventTable] = []
    offset = 0
    for seed_index, (first, second) in enumerate(pairs):
        design, chunks = pair_events(first, second, chain, seed_index)
        values = _joined([_measured(events, chain) for events in chunks])
        parts.append(
            EventTable(
                np.full(len(design.pair), seed_index),
                design.pair + offset,
                design.bin,
                design.separation,
                values,
            )
        )
        offset += len(first)
    return EventTable(
        np.concatenate([part.seed for part in parts]),
        np.concatenate([part.pair for part in parts]),
        np.concatenate([part.bin for part in parts]),
        np.concatenate([part.separation for part in parts]),
        _joined([part.values for part in parts]),
    )


def direct_table(events: ReadoutEvents, seed: NDArray[np.intp], chain: Chain) -> EventTable:
    """Two-photon events that are already in cells; those outside all bins are left out.

    Args:
        events: as deposited, N.
        seed: number of the seed of each, (N,).
        chain: what happens to them from the threshold on.
    """
    separation = events.truth.separation
    index = np.searchsorted(chain.edges, separation, side="right") - 1
    inside = (index >= 0) & (index < chain.bins)
    chosen = events[inside]
    values = _joined(
        [
            _measured(chain.read_out(chosen[start : start + _CHUNK]), chain)
            for start in range(0, len(chosen), _CHUNK)
        ]
    )
    return EventTable(
        seed[inside], np.arange(inside.sum()), index[inside], separation[inside], values
    )


def single_table(showers: Showers, chain: Chain) -> SingleTable:
    """Each shower alone, somewhere in a cell.

    Args:
        showers: N.
        chain: what happens to them.
    """
    vertices = single_vertices(len(showers), chain.readout.pitch_mm, chain.rng(10_000))
    found, energy = [], []
    for start in range(0, len(showers), _CHUNK):
        rows = slice(start, start + _CHUNK)
        events = chain.read_out(
            place(
                showers[rows],
                chain.readout,
                chain.readout.placeable(vertices[rows]),
                method=chain.method,
                seed=int(chain.rng(10_000, 1, start).integers(2**31)),
            )
        )
        photons = chain.photons(events)
        count = np.bincount(photons.event, minlength=len(events))
        leading = np.zeros(len(events))
        first = (np.cumsum(count) - count)[count > 0]
        leading[count > 0] = photons.energy[first]
        found.append(count)
        energy.append(leading)
    fraction = chain.readout.detector.sampling_fraction
    response = np.concatenate(energy) / (fraction * showers.conditions.energy)
    return SingleTable(np.concatenate(found), response)


def shot_of(events: ReadoutEvents, chain: Chain) -> Shot:
    """The truth of events, and what of it can be seen."""
    detector = chain.readout.detector
    return Shot(
        events.truth.energies,
        events.truth.entrances,
        events.total,
        detector.sampling_fraction,
        float(detector.inner_radius_mm / np.sin(events.truth.theta).mean()),
    )


def _measured(events: ReadoutEvents, chain: Chain) -> dict[str, Floats]:
    shot = shot_of(events, chain)
    return measure(leading_two(chain.photons(events), shot), shot)


def _joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
