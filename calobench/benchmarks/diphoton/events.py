"""Events of two photons, laid over each other from single showers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cell_number, to_nearest
from calobench.errors import ConditionsError, SpecError
from calobench.placement.cells import Readout
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.place import PointDeposits, gather, stack_points
from calobench.placement.sampling import DEFAULT_METHOD
from calobench.placement.square import SquareReadout
from calobench.showers import Conditions, Showers

__all__ = ["in_line", "overlay", "overlay_cells"]

# Showers are mostly empty, but take 26 kB each.
_CHUNK = 200
# Angles are kept in single precision.
_PARALLEL = 1e-6

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def overlay(
    first: Showers,
    second: Showers,
    readout: Readout,
    separation: Floats,
    vertex: Floats,
    *,
    pair: Indices | None = None,
    method: str = DEFAULT_METHOD,
    points: int = 1,
    seed: int = 1,
) -> ReadoutEvents:
    """Place two showers of the mesh in each of E events, with their true offset along the beam.

    Each shower is moved as a whole by its exact, sub-cell offset before its energy goes to cells, so that
    the same shower may look different in two events.

    Args:
        first: P showers, from models or Geant4.
        second: P showers, parallel to those of ``first``; their energies may differ.
        readout: the cells.
        separation: distance of the two photons along the beam, mm, (E,); the second is at higher z.
        vertex: mid-point of the two on the face, (y, z), mm, (E, 2).
        pair: which pair of showers an event is made of, (E,); None takes each once.
        method: see :mod:`calobench.placement.sampling`.
        points: random points per cell of the mesh.
        seed: of the random points; they depend on it and on the number of the event alone.

    Raises:
        ConditionsError: the two are not parallel or not equally many, or a photon misses the readout.
        MeshMismatchError: the showers are not on the detector's mesh.
    """
    _require_parallel(first.conditions, second.conditions)
    events = len(separation)
    pair = np.arange(len(first)) if pair is None else pair
    if {len(vertex), len(pair)} != {events}:
        raise ConditionsError(
            f"{events} separations, {len(vertex)} vertices and {len(pair)} pairs of showers; "
            "give one of each an event"
        )
    half = np.stack([np.zeros(events), separation / 2], axis=1)
    entrances = readout.placeable(np.stack([vertex - half, vertex + half], axis=1))
    parts = []
    for start in range(0, events, _CHUNK):
        rows = slice(start, min(start + _CHUNK, events))
        showers = first[pair[rows]], second[pair[rows]]
        keys = np.arange(rows.start, rows.stop) * 2
        deposits = [
            stack_points(
                one,
                readout,
                entrances[rows, photon],
                method=method,
                points=points,
                seed=seed,
                keys=keys + photon,
            )
            for photon, one in enumerate(showers)
        ]
        both = PointDeposits(*(np.concatenate(values) for values in zip(*deposits, strict=True)))
        parts.append(gather(both, readout, _truth(showers, entrances[rows])))
    return ReadoutEvents.concatenate(parts)


def in_line(first: ReadoutEvents, second: ReadoutEvents, readout: Readout) -> Indices:
    """An order of ``second``, (N,), in which each shower enters its cell as those of ``first`` do in y.

    Showers already in cells can only be moved by whole cells: what is left of the offset across the beam
    is the least on average when both are paired in the order of their places in the cell.
    """
    pitch = readout.pitch_mm[0]
    places = [to_nearest(events.truth.entrances[:, 0, 0] / pitch) for events in (first, second)]
    order = np.empty(len(second), dtype=np.intp)
    one, other = (np.argsort(place, kind="stable") for place in places)
    order[one] = other
    return order


def overlay_cells(
    first: ReadoutEvents,
    second: ReadoutEvents,
    readout: Readout,
    separation: Floats,
    *,
    pair: Indices | None = None,
) -> ReadoutEvents:
    """Lay showers that are already in square cells over each other, moved by whole cells.

    The separation comes out as near to the one asked for as whole cells allow, within half a cell; what
    it became is in the truth, as is the small offset across the beam (see :func:`in_line`). The first
    photon stays where it is.

    Args:
        first: N events of one photon.
        second: N events of one photon.
        readout: their cells.
        separation: requested distance along the beam, mm, (E,).
        pair: which pair an event is made of, (E,); None takes each once.

    Raises:
        ConditionsError: not one photon an event, not parallel, or not equally many.
        SpecError: the cells are not square, and showers cannot be moved by whole cells.
    """
    if not isinstance(readout, SquareReadout):
        raise SpecError(
            f"the cells of {readout.detector.name} are not square, showers in them cannot be moved; "
            "overlay showers of the mesh instead"
        )
    if first.truth.photons != 1 or second.truth.photons != 1:
        raise ConditionsError("only events of one photon can be laid over each other; give such")
    _require_parallel(*(_conditions(events.truth) for events in (first, second)))
    pair = np.arange(len(first)) if pair is None else pair
    one, other = first[pair], second[pair]
    a, b = one.truth.entrances[:, 0], other.truth.entrances[:, 0]
    target = a + np.stack([np.zeros(len(pair)), separation], axis=1)
    cells = cell_number((target - b) / readout.size_mm + 0.5)
    truth = Truth(
        np.concatenate([one.truth.energies, other.truth.energies], axis=1),
        np.stack([a, b + cells * readout.size_mm], axis=1),
        one.truth.theta,
        one.truth.phi,
    )
    still = np.stack([one.layer, one.i, one.j])
    moved = np.stack([other.layer, other.i, other.j])
    moved[1:] += cells[other.event].T
    return ReadoutEvents.from_cells(
        np.concatenate([one.event, other.event]),
        np.concatenate([still, moved], axis=1),
        np.concatenate([one.energy, other.energy]),
        truth,
        one.outside + other.outside,
    )


def _truth(showers: tuple[Showers, Showers], entrances: Floats) -> Truth:
    conditions = [one.conditions for one in showers]
    energies = np.stack([c.energy for c in conditions], axis=1)
    return Truth(energies, entrances, conditions[0].theta, conditions[0].phi)


def _conditions(truth: Truth) -> Conditions:
    return Conditions(truth.energies[:, 0], truth.theta, truth.phi)


def _require_parallel(first: Conditions, second: Conditions) -> None:
    if len(first) != len(second):
        raise ConditionsError(
            f"{len(first)} showers cannot be paired with {len(second)}; give equally many"
        )
    for name in ("theta", "phi"):
        apart = np.abs(getattr(first, name) - getattr(second, name))
        if np.any(apart > _PARALLEL):
            raise ConditionsError(
                f"the photons of pair {int(apart.argmax())} are not parallel, {name} differs by "
                f"{apart.max():.3g} rad; pair showers of the same direction"
            )
