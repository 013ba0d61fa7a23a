"""Events for the eye: a resolved and a merged pair of each side."""

from __future__ import annotations

import numpy as np

from calobench._util.edges import to_digits
from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.design import VERTEX_Z_MM
from calobench.benchmarks.diphoton.events import overlay
from calobench.benchmarks.diphoton.record import EventDisplay
from calobench.placement.events import ReadoutEvents
from calobench.showers import Showers

__all__ = ["displays"]

# The largest cells show the event; the tail would only fill the page.
_CELLS = 60
_CANDIDATES = 40

Pair = tuple[Showers, Showers]


def displays(reference: Pair, model: Pair, chain: Chain) -> tuple[EventDisplay, ...]:
    """One pair reconstructed as two photons and one as one, of Geant4 and of the model, where there are such.

    Args:
        reference: first and second showers of a seed, of Geant4.
        model: of the model.
        chain: what happens to them.
    """
    shown = []
    for photons in (2, 1):
        for source, pair in (("reference", reference), ("model", model)):
            event = _first_with(photons, source, pair, chain)
            if event is not None:
                shown.append(event)
    return tuple(shown)


def _first_with(n_photons: int, source: str, pair: Pair, chain: Chain) -> EventDisplay | None:
    n = min(len(pair[0]), _CANDIDATES)
    # The same separations on both sides: near the middle for a merged pair, far out for a resolved one.
    low, high = chain.edges[0], chain.edges[-1]
    fraction = 0.75 if n_photons == 2 else 0.25
    separation = np.full(n, low + fraction * (high - low))
    vertex = np.tile([0.0, VERTEX_Z_MM], (n, 1))
    rows = slice(0, n)
    events = chain.read_out(
        overlay(
            pair[0][rows],
            pair[1][rows],
            chain.readout,
            separation,
            vertex,
            method=chain.method,
            seed=chain.number(30_000),
        ),
        30_000,
    )
    clusters = chain.photons(events)
    counts = np.bincount(clusters.event, minlength=n)
    matching = np.flatnonzero(counts == n_photons)
    if not len(matching):
        return None
    index = int(matching[0])
    of_event = clusters.event == index
    return _display(source, events[index : index + 1], clusters.position[of_event], chain)


def _display(
    source: str, event: ReadoutEvents, positions: np.ndarray, chain: Chain
) -> EventDisplay:
    cells = np.stack([event.i, event.j], axis=1)
    columns, member = np.unique(cells, axis=0, return_inverse=True)
    member = member.reshape(-1)
    energy = np.bincount(member, weights=event.energy, minlength=len(columns))
    seen = chain.readout.seen(event)
    place = np.stack(
        [
            np.bincount(member, weights=event.energy * axis, minlength=len(columns)) / energy
            for axis in seen.T
        ]
    )
    largest = np.argsort(-energy, kind="stable")[:_CELLS]
    true = event.truth.entrances[0]
    return EventDisplay(
        source=source,
        separation_mm=float(event.truth.separation[0]),
        found=len(positions),
        y_mm=_rounded(place[0][largest]),
        z_mm=_rounded(place[1][largest]),
        energy_mev=_rounded(energy[largest]),
        true_y_mm=_rounded(true[:, 0]),
        true_z_mm=_rounded(true[:, 1]),
        found_y_mm=_rounded(positions[:, 0]),
        found_z_mm=_rounded(positions[:, 1]),
    )


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(to_digits(value, 4) for value in values)
