"""From single showers to tables of reconstructed events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import bin_index
from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.curves import EventTable
from calobench.benchmarks.diphoton.design import Design, make_design, single_vertices
from calobench.benchmarks.diphoton.events import overlay
from calobench.placement.events import ReadoutEvents
from calobench.placement.place import place
from calobench.showers import Showers

__all__ = [
    "DIRECT",
    "GEANT4",
    "MODEL",
    "SingleTable",
    "direct_table",
    "pair_events",
    "pair_table",
    "single_events",
    "single_table",
]

# Streams of random numbers. Each side has its own separations and mid-points: the permutations that
# compare two sides hold for samples that are independent of each other.
GEANT4, MODEL, DIRECT = 0, 1, 2
_PAIRS, _SINGLES = 0, 1

# Events that are clustered together: enough to amortise the calls, few enough to fit in memory.
_CHUNK = 250

Floats = NDArray[np.float64]


class SingleTable(NamedTuple):
    """One photon alone, N of them.

    Attributes:
        photons: how many were reconstructed, (N,).
        response: energy of the leading one over incident energy, (N,).
    """

    photons: NDArray[np.intp]
    response: Floats


def pair_events(
    first: Showers, second: Showers, chain: Chain, side: int = GEANT4, seed_index: int = 0
) -> tuple[Design, Iterator[ReadoutEvents]]:
    """Overlay every pair once in every bin of separation.

    Args:
        first: P showers.
        second: P showers.
        chain: what happens to them.
        side: stream of random numbers, :data:`GEANT4` or :data:`MODEL`.
        seed_index: number of the seed; other places for other seeds.

    Returns:
        The design of all events, and the events as they are read out, in chunks.
    """
    key = (side, _PAIRS, seed_index)
    design = make_design(len(first), chain.edges, chain.readout.pitch_mm, chain.rng(*key))

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
                seed=chain.number(*key, start),
            )
            yield chain.read_out(events, *key, start)

    return design, chunks()


def pair_table(
    pairs: list[tuple[Showers, Showers]], chain: Chain, side: int = GEANT4
) -> EventTable:
    """All events of one source, measured.

    Args:
        pairs: first and second showers of each seed.
        chain: what happens to them.
        side: stream of random numbers.
    """
    parts: list[EventTable] = []
    offset = 0
    for seed_index, (first, second) in enumerate(pairs):
        design, chunks = pair_events(first, second, chain, side, seed_index)
        values = _joined([chain.measure(events) for events in chunks])
        seed = np.full(len(design.pair), seed_index)
        parts.append(EventTable(seed, design.pair + offset, design.bin, design.separation, values))
        offset += len(first)
    return EventTable.concatenate(parts)


def direct_table(events: ReadoutEvents, seed: NDArray[np.intp], chain: Chain) -> EventTable:
    """Two-photon events that are already in cells; those outside all bins are left out.

    Args:
        events: as deposited, N, at least one of them in a bin.
        seed: number of the seed of each, (N,).
        chain: what happens to them from the threshold on.
    """
    separation = events.truth.separation
    index = bin_index(separation, chain.edges) - 1
    inside = (index >= 0) & (index < chain.bins)
    chosen = events[inside]
    values = _joined(
        [
            chain.measure(chain.read_out(chosen[start : start + _CHUNK], DIRECT, start))
            for start in range(0, len(chosen), _CHUNK)
        ]
    )
    return EventTable(
        seed[inside], np.arange(inside.sum()), index[inside], separation[inside], values
    )


def single_events(showers: Showers, chain: Chain, side: int = GEANT4) -> Iterator[ReadoutEvents]:
    """Each shower alone, somewhere in a cell, as it is read out, in chunks; arguments as above."""
    key = (side, _SINGLES)
    vertices = single_vertices(len(showers), chain.readout.pitch_mm, chain.rng(*key))
    for start in range(0, len(showers), _CHUNK):
        rows = slice(start, start + _CHUNK)
        entrances = chain.readout.placeable(vertices[rows])
        events = place(
            showers[rows],
            chain.readout,
            entrances,
            method=chain.method,
            seed=chain.number(*key, start),
        )
        yield chain.read_out(events, *key, start)


def single_table(showers: Showers, chain: Chain, side: int = GEANT4) -> SingleTable:
    """Each shower alone, reconstructed.

    Args:
        showers: N.
        chain: what happens to them.
        side: stream of random numbers.
    """
    parts = [_leading(events, chain) for events in single_events(showers, chain, side)]
    photons, energy = (np.concatenate(values) for values in zip(*parts, strict=True))
    fraction = chain.readout.detector.sampling_fraction
    return SingleTable(photons, energy / (fraction * showers.conditions.energy))


def _leading(events: ReadoutEvents, chain: Chain) -> tuple[NDArray[np.intp], Floats]:
    """Number of reconstructed photons of each event, and the energy of the leading one, MeV."""
    photons = chain.photons(events)
    count = np.bincount(photons.event, minlength=len(events))
    energy = np.zeros(len(events))
    some = count > 0
    energy[some] = photons.energy[(np.cumsum(count) - count)[some]]
    return count, energy


def _joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
