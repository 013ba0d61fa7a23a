"""The parts of EDM4hep in a ROOT file: events with one particle, and hits of calorimeters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.errors import MissingPackageError, ShowerFileError

__all__ = ["Events"]

_PARTICLES = ("MCParticles", "MCParticle")
_HIT = ("cellID", "energy", "position.x", "position.y", "position.z")
_STEP = ("energy", "stepPosition.x", "stepPosition.y", "stepPosition.z")
_STABLE = 1  # generatorStatus of what a generator hands over


class Events:
    """The tree ``events`` of a ROOT file, as podio writes it; branches are read by the range of events.

    Args:
        path: the file.

    Raises:
        MissingPackageError: uproot is not installed.
        ShowerFileError: damaged, or ROOT without EDM4hep's hits of calorimeters.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            import uproot
        except ImportError as error:
            raise MissingPackageError(
                f"{path} is ROOT, and reading it needs uproot: pip install 'calobench[edm4hep]'"
            ) from error
        try:
            self._file = uproot.open(path)
            there = self._file.keys(cycle=False, recursive=False)
            self._tree = self._file["events"] if "events" in there else None
            # By the last part of the name: podio's branches lie within one another.
            keys = [] if self._tree is None else self._tree.keys(recursive=True)
            named = {key.rpartition("/")[2]: key for key in keys}
            # Beside a branch of variable length some programs write one that counts, with an n in front.
            self._branches = {n: k for n, k in named.items() if n[:1] != "n" or n[1:] not in named}
            self.count = 0 if self._tree is None else int(self._tree.num_entries)
        except Exception as error:  # uproot raises anything where a file is damaged
            raise self._damaged("the file", error) from error
        if self._tree is not None and not self.count:
            raise ShowerFileError(f"{path} holds no events; check how it was made")
        self.collections = self._with(_HIT)
        if not self.collections:
            holds = ", ".join(dict.fromkeys(there)) or "nothing"
            raise ShowerFileError(
                f"{path} is ROOT without EDM4hep calorimeter hits: it holds {holds}; give the output of a "
                "simulation that has SimCalorimeterHit collections, or write its showers as HDF5"
            )

    def _with(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Collections that have all of these members."""
        names = [branch.rpartition(f".{parts[0]}") for branch in self._branches]
        ending = [name for name, match, rest in names if match and not rest]
        return tuple(n for n in ending if all(f"{n}.{part}" in self._branches for part in parts))

    def has_steps(self, collection: str) -> bool:
        """Whether the deposits of a collection's hits are there, with their own positions."""
        return all(f"{collection}Contributions.{part}" in self._branches for part in _STEP)

    def hits(self, collection: str, rows: slice) -> list[NDArray[np.float64]]:
        """Hits of some events, where their cells are: energy in GeV and position in mm, (4, H) each."""
        return self._columns(collection, _HIT[1:], rows)

    def steps(self, collection: str, rows: slice) -> list[NDArray[np.float64]]:
        """Deposits of some events, where they are: energy in GeV and position in mm, (4, S) each."""
        return self._columns(f"{collection}Contributions", _STEP, rows)

    def particles(self) -> NDArray[np.float64]:
        """The particle of each event: momentum in GeV, vertex in mm, mass in GeV; (N, 7).

        Raises:
            ShowerFileError: an event has none, or several.
        """
        name = next((n for n in _PARTICLES if f"{n}.generatorStatus" in self._branches), None)
        if name is None:
            raise ShowerFileError(
                f"{self._path} has no MCParticles, and so no incident energies; keep them in the output"
            )
        members = (
            "momentum.x",
            "momentum.y",
            "momentum.z",
            "vertex.x",
            "vertex.y",
            "vertex.z",
            "mass",
        )
        everything = slice(0, self.count)
        events = self._columns(name, ("generatorStatus", *members), everything)
        particles = np.zeros((self.count, len(members)))
        for row, event in enumerate(events):
            stable = event[0] == _STABLE
            if stable.sum() != 1:
                raise ShowerFileError(
                    f"{self._path}: event {row} has {stable.sum()} particles with generatorStatus 1; a "
                    "shower is of one particle: simulate single particles"
                )
            particles[row] = event[1:, stable][:, 0]
        return particles

    def _columns(
        self, collection: str, members: tuple[str, ...], rows: slice
    ) -> list[NDArray[np.float64]]:
        """Members of a collection in some events, (members, ...) each."""
        columns = [self._read(f"{collection}.{member}", rows) for member in members]
        events = []
        for row in range(len(columns[0])):
            parts = [np.atleast_1d(column[row]) for column in columns]
            if len({len(part) for part in parts}) > 1:
                raise ShowerFileError(
                    f"{self._path}: members of '{collection}' have unequal lengths in event "
                    f"{rows.start + row}; make it again"
                )
            events.append(np.stack([part.astype(np.float64) for part in parts]))
        return events

    def _read(self, branch: str, rows: slice) -> NDArray[Any]:
        key = self._branches.get(branch)
        if key is None or self._tree is None:
            raise ShowerFileError(f"{self._path} has no branch '{branch}'; make it again")
        try:
            values: NDArray[Any] = self._tree[key].array(
                library="np", entry_start=rows.start, entry_stop=rows.stop
            )
        except Exception as error:
            raise self._damaged(f"'{branch}'", error) from error
        if len(values) != rows.stop - rows.start:
            raise ShowerFileError(
                f"{self._path} is damaged: '{branch}' has {len(values)} of {rows.stop - rows.start} events; "
                "copy or make it again"
            )
        if not all(np.asarray(event).dtype.kind in "fiu" for event in values):
            raise ShowerFileError(f"{self._path}: '{branch}' does not hold numbers; make it again")
        return values

    def _damaged(self, what: str, error: Exception) -> ShowerFileError:
        reason = " ".join(str(error).split())[:120]
        return ShowerFileError(
            f"{self._path} is damaged, {what} cannot be read ({type(error).__name__}: {reason}); copy or "
            "make it again"
        )

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()
