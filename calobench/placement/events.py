"""Events as a detector reads them out: cells with energy, event after event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calobench.errors import ShowerFileError

__all__ = ["ReadoutEvents", "Truth"]

Rows = slice | NDArray[np.intp] | NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """The true photons of N events: P parallel ones each, P = 1 or 2.

    Attributes:
        energies: MeV, (N, P).
        entrances: where each photon enters the face, as (y, z), mm, (N, P, 2); y across the beam, z along
            it, in the frame in which the readout counts its cells.
        theta: polar angle of the photons, rad, (N,).
        phi: their azimuth, rad, (N,).
    """

    energies: NDArray[np.float64]
    entrances: NDArray[np.float64]
    theta: NDArray[np.float64]
    phi: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.energies)

    def __getitem__(self, rows: Rows) -> Truth:
        return Truth(self.energies[rows], self.entrances[rows], self.theta[rows], self.phi[rows])

    @property
    def photons(self) -> int:
        """Number of photons in each event, P."""
        return int(self.energies.shape[1])

    @property
    def separation(self) -> NDArray[np.float64]:
        """Distance of the first and the last photon on the face, mm, (N,); 0 for one photon."""
        apart = self.entrances[:, -1] - self.entrances[:, 0]
        return np.hypot(apart[:, 0], apart[:, 1])

    @property
    def vertex(self) -> NDArray[np.float64]:
        """Mid-point of the photons on the face, as (y, z), mm, (N, 2)."""
        return np.asarray(self.entrances.mean(axis=1))


@dataclass(frozen=True)
class ReadoutEvents:
    """The cells with energy of N events, H in all, one event after the other.

    The cells of event n are the rows ``ptr[n]`` to ``ptr[n + 1]``. They are sorted by (layer, i, j) and
    each cell occurs once in an event. An event may have none. What i and j count is the readout's:
    for square cells i across the beam and j along it, cell 0 centred on 0; see
    :class:`~calobench.placement.cells.Readout`, which also turns cells into positions.

    Attributes:
        ptr: first row of each event and the number of rows, int64, (N + 1,).
        layer: layer of each cell from 0 inwards out, int64, (H,).
        i: first index of the cell in its layer, int64, (H,).
        j: second index, int64, (H,).
        energy: visible energy in active material, MeV, float64, (H,).
        truth: what was shot, (N,).
        outside: energy that fell outside of the readout and is in no cell, MeV, (N,); zeros if the
            source does not say.
    """

    ptr: NDArray[np.int64]
    layer: NDArray[np.int64]
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    energy: NDArray[np.float64]
    truth: Truth
    outside: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if not len(self.outside):
            object.__setattr__(self, "outside", np.zeros(len(self.truth)))
        rows = {len(self.layer), len(self.i), len(self.j), len(self.energy)}
        events = {len(self.ptr) - 1, len(self.truth), len(self.outside)}
        if len(rows) > 1 or len(events) > 1:
            raise ShowerFileError(
                f"cells and events do not fit together: {sorted(rows)} cells, {sorted(events)} "
                "events; give one row per cell and one condition an event"
            )
        first, last, falls = self.ptr[0], self.ptr[-1], np.flatnonzero(np.diff(self.ptr) < 0)
        if first != 0 or last != len(self.energy) or len(falls):
            where = f" and fall after event {falls[0]}" if len(falls) else ""
            raise ShowerFileError(
                "'cells_ptr', where the cells of each event begin, must rise from 0 to the number of "
                f"cells, {len(self.energy)}; the pointers go from {first} to {last}{where}"
            )

    def __len__(self) -> int:
        """Number of events, N."""
        return len(self.ptr) - 1

    def __getitem__(self, rows: Rows) -> ReadoutEvents:
        """Some of the events, in the order asked for."""
        chosen = np.arange(len(self))[rows]
        sizes = np.diff(self.ptr)[chosen]
        ptr = np.concatenate([[0], np.cumsum(sizes)])
        take = np.repeat(self.ptr[chosen] - ptr[:-1], sizes) + np.arange(ptr[-1])
        return self._of(ptr, take, self.energy[take], self.truth[chosen], self.outside[chosen])

    @property
    def event(self) -> NDArray[np.int64]:
        """The event that each cell belongs to, ascending, (H,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.ptr))

    @property
    def total(self) -> NDArray[np.float64]:
        """Energy in the cells of each event, MeV, (N,)."""
        return self.sum(self.energy)

    def sum(self, values: ArrayLike) -> NDArray[np.float64]:
        """Sum one value per cell, (H,), over the cells of each event, (N,); 0 without cells."""
        weights = np.asarray(values, dtype=np.float64)
        return np.bincount(self.event, weights=weights, minlength=len(self)).astype(np.float64)

    def with_cells(
        self, keep: NDArray[np.bool_], energy: NDArray[np.float64] | None = None
    ) -> ReadoutEvents:
        """The cells for which ``keep``, (H,), is true; an event without any of them stays, empty.

        Args:
            keep: (H,).
            energy: new energies of all cells before the choice, MeV, (H,); None leaves them.
        """
        kept = np.flatnonzero(keep)
        sizes = np.bincount(self.event[kept], minlength=len(self))
        ptr = np.concatenate([[0], np.cumsum(sizes)])
        values = self.energy if energy is None else energy
        return self._of(ptr, kept, values[kept], self.truth, self.outside)

    def _of(
        self,
        ptr: NDArray[np.int64],
        take: NDArray[np.intp],
        energy: NDArray[np.float64],
        truth: Truth,
        outside: NDArray[np.float64],
    ) -> ReadoutEvents:
        return ReadoutEvents(
            ptr, self.layer[take], self.i[take], self.j[take], energy, truth, outside
        )

    @classmethod
    def from_cells(
        cls,
        event: NDArray[np.int64],
        cells: NDArray[np.int64],
        energy: NDArray[np.float64],
        truth: Truth,
        outside: NDArray[np.float64],
    ) -> ReadoutEvents:
        """Add up energies in cells, in any order and as often as it may be.

        Args:
            event: the event of each energy, (S,).
            cells: its layer, i and j, (3, S).
            energy: MeV, (S,).
            truth: what was shot, (N,).
            outside: energy in no cell, MeV, (N,).
        """
        rows, energy = _summed(np.concatenate([event[None], cells]), energy)
        ptr = np.concatenate([[0], np.bincount(rows[0], minlength=len(truth)).cumsum()])
        return cls(ptr, rows[1], rows[2], rows[3], energy, truth, outside)

    @classmethod
    def concatenate(cls, parts: Sequence[ReadoutEvents]) -> ReadoutEvents:
        """The events of all parts in order; at least one part, all with as many photons an event."""
        starts = np.cumsum([0, *(len(part.energy) for part in parts)])
        ptr = [part.ptr[1:] + start for part, start in zip(parts, starts[:-1], strict=True)]
        truths = [part.truth for part in parts]
        return cls(
            np.concatenate([[0], *ptr]),
            np.concatenate([part.layer for part in parts]),
            np.concatenate([part.i for part in parts]),
            np.concatenate([part.j for part in parts]),
            np.concatenate([part.energy for part in parts]),
            Truth(
                np.concatenate([t.energies for t in truths]),
                np.concatenate([t.entrances for t in truths]),
                np.concatenate([t.theta for t in truths]),
                np.concatenate([t.phi for t in truths]),
            ),
            np.concatenate([part.outside for part in parts]),
        )


def _summed(
    rows: NDArray[np.int64], energy: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The different columns of ``rows``, (4, S), in order, and the energy in each."""
    if not len(energy):
        return rows, energy
    lowest = rows.min(axis=1, keepdims=True)
    sizes = tuple((rows.max(axis=1) - lowest[:, 0] + 1).tolist())
    keys, column = np.unique(np.ravel_multi_index(rows - lowest, sizes), return_inverse=True)
    summed = np.bincount(column, weights=energy).astype(np.float64)
    return np.stack(np.unravel_index(keys, sizes)) + lowest, summed
