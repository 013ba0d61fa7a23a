"""A flat table of hits: one row per cell with energy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.placement.cells import Readout
from calobench.placement.events import ReadoutEvents
from calobench.placement.place import place
from calobench.placement.sampling import DEFAULT_METHOD
from calobench.showers import Showers

__all__ = ["HitTable", "Placed", "hit_table", "place_in_detector"]

# No calorimeter is larger; cells further out could not be numbered.
_FARTHEST_MM = 1e5


class HitTable(NamedTuple):
    """Cells with energy of consecutive events, H rows.

    Attributes:
        event: index of the event, ascending, int64, (H,).
        stave: part of the barrel, (H,).
        layer: from 0 inwards out, (H,).
        i: first index of the cell, (H,).
        j: second index, (H,).
        x: centre of the cell in the frame of the whole detector, mm, (H,).
        y: the same, (H,).
        z: the same, along the beam, (H,).
        energy: MeV, (H,).
    """

    event: NDArray[np.int64]
    stave: NDArray[np.int64]
    layer: NDArray[np.int64]
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    energy: NDArray[np.float64]


class Placed(NamedTuple):
    """A chunk of showers in the detector.

    Attributes:
        hits: their cells.
        showers: number of showers.
        outside: energy that fell outside of the readout, MeV.
    """

    hits: HitTable
    showers: int
    outside: float


def hit_table(
    events: ReadoutEvents,
    readout: Readout,
    stave: NDArray[np.int64],
    turn: NDArray[np.float64],
    first: int = 0,
) -> HitTable:
    """Rows of a table for the cells of events.

    Args:
        events: N events.
        readout: their cells.
        stave: part of the barrel that each event is in, (N,).
        turn: angle by which it is turned about the beam, rad, (N,).
        first: number of the first event.
    """
    event = events.event
    local = readout.positions(events.layer, events.i, events.j)
    x, y, z = readout.to_global(local, turn[event]).T
    number, i = readout.numbered(stave[event], events.layer, events.i)
    return HitTable(event + first, number, events.layer, i, events.j, x, y, z, events.energy)


def place_in_detector(
    chunks: Iterable[Showers],
    readout: Readout,
    vertices: NDArray[np.float64] | None = None,
    *,
    method: str = DEFAULT_METHOD,
    points: int = 1,
    seed: int = 1,
) -> Iterator[Placed]:
    """Place showers of particles from the middle of the detector, chunk by chunk.

    Args:
        chunks: showers in order.
        readout: the cells.
        vertices: offset of all showers on the face, (y, z), mm, (N, 2); None for none.
        method: see :mod:`calobench.placement.sampling`.
        points: random points per cell of the mesh.
        seed: of the random points; the table does not depend on how showers are cut into chunks.

    Raises:
        ShowerFileError: ``vertices`` are not two numbers per shower, or no places on a detector.
        CalobenchError: as :func:`~calobench.placement.place.place`.
    """
    if vertices is not None:
        # Files may hold half precision, in which a limit and a sum overflow.
        vertices = np.asarray(vertices, np.float64)
        _require_points(vertices)
    first = 0
    for showers in chunks:
        incident = showers.conditions
        rows = slice(first, first + len(showers))
        if vertices is not None and len(vertices) < rows.stop:
            raise ShowerFileError(
                f"there are {len(vertices)} entrance points for at least {rows.stop} showers; "
                "give one per shower"
            )
        located = readout.locate(incident.theta, incident.phi)
        entrances = located.entrance + (0.0 if vertices is None else vertices[rows])
        events = place(
            showers,
            readout,
            entrances,
            method=method,
            points=points,
            seed=seed,
            keys=np.arange(rows.start, rows.stop),
        )
        hits = hit_table(events, readout, located.stave, located.turn, first)
        yield Placed(hits, len(showers), float(events.outside.sum()))
        first = rows.stop


def _require_points(vertices: NDArray[np.float64]) -> None:
    if vertices.shape[1:] != (2,):
        raise ShowerFileError(
            f"the entrance points have the shape {vertices.shape}; give (y, z) per shower, (N, 2)"
        )
    far = ~(np.abs(vertices) <= _FARTHEST_MM)
    if far.any():
        raise ShowerFileError(
            f"an entrance point is {vertices[far][0]:g} mm off; give (y, z) on the face of the detector in mm"
        )
