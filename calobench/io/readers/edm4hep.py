"""EDM4hep in ROOT, as ddsim writes it: hits of calorimeters, and the particle that made them.

Energies are in GeV and positions global, in mm, as EDM4hep defines. Where the deposits within cells were
kept (contributions with positions), they are summed in the mesh; else the centres of cells are, which are
coarser. The mesh begins where the line of the particle meets the face of the calorimeter that the detector's
YAML describes, or at its vertex if that is not in front of the face.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.edm4hep import Events
from calobench.io.format import Format
from calobench.io.head import FileHead
from calobench.io.point_file import Cloud, PointFile
from calobench.io.reading import MEV_PER, Reading
from calobench.showers import Conditions

__all__ = ["FORMATS", "Edm4hepFile", "face_of"]

_MEV = MEV_PER["GeV"]
# Hits and their deposits are sums in single precision.
_SAME = 1e-3
_BLOCK = 100


class Edm4hepFile(PointFile):
    """A ROOT file of EDM4hep events, one particle each, open for reading.

    Args:
        path: the file.
        reading: the detector, and the collections of hits that are summed.

    Raises:
        MissingPackageError: uproot is not installed.
        ShowerFileError: no such hits, no or several particles in an event, or damaged.
    """

    format_name = "edm4hep"

    def __init__(self, path: Path, reading: Reading) -> None:
        self._events = Events(path)
        try:
            super().__init__(path, reading)
            self._collections, self._said = self._choose(reading.collections)
            self._particles = self._events.particles()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Whether a file is ROOT; opening it says whether it has hits of calorimeters."""
        return head.start.startswith(b"root")

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: a value is impossible.
        """
        momentum, mass = self._particles[:, :3], self._particles[:, 6]
        size = np.linalg.norm(momentum, axis=1)
        if not (size > 0).all():
            raise ShowerFileError(
                f"{self.path}: the particle of event {int((size > 0).argmin())} has no momentum; check the "
                "particle gun"
            )
        conditions = Conditions(
            _MEV * np.hypot(size, mass),
            np.arccos(np.clip(momentum[:, 2] / size, -1, 1)),
            np.arctan2(momentum[:, 1], momentum[:, 0]),
        )
        check_condition_values(conditions, self.path, ("energy", "theta", "phi"))
        return conditions

    def __len__(self) -> int:
        """Number of events."""
        return self._events.count

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._events.close()

    def remarks(self) -> tuple[str, ...]:
        """The hits that were taken, and remarks on them, one line each."""
        steps = [name for name in self._collections if self._events.has_steps(name)]
        where = (
            "where they were deposited"
            if steps == list(self._collections)
            else "at centres of cells"
        )
        told = f"{self.path.name}: {self._said}; energies are summed {where}"
        return (told, *super().remarks())

    def _choose(self, asked: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
        """Names of the collections that are summed, and why these."""
        known = self._events.collections
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise ShowerFileError(
                f"{self.path} has no hits '{unknown[0]}', it has {', '.join(known)}; correct --collection"
            )
        if asked:
            return asked, f"hits of {', '.join(asked)}"
        ecal = tuple(name for name in known if "ecal" in name.casefold())
        chosen = ecal or (known if len(known) == 1 else ())
        if not chosen:
            raise ShowerFileError(
                f"{self.path} has several collections of hits, none of them called ECal: "
                f"{', '.join(known)}; say which are summed with --collection"
            )
        left = [name for name in known if name not in chosen]
        why = f", because they are called so; not {', '.join(left)}" if left else ""
        return chosen, f"hits of {', '.join(chosen)} are taken{why} (--collection)"

    def _clouds(self, rows: slice) -> Iterator[Cloud]:
        first, stop, _ = rows.indices(len(self))
        for start in range(first, stop, _BLOCK):
            block = slice(start, min(start + _BLOCK, stop))
            parts = [self._deposits(name, block) for name in self._collections]
            for row, deposits in enumerate(zip(*parts, strict=True), start):
                energy, *position = np.concatenate(deposits, axis=1)
                theta, phi = float(self.conditions.theta[row]), float(self.conditions.phi[row])
                direction = self._particles[row, :3] / np.linalg.norm(self._particles[row, :3])
                entrance = face_of(self._spec, self._particles[row, 3:6], direction)
                yield Cloud(np.stack(position, axis=1) - entrance, _MEV * energy, theta, phi)

    def _deposits(self, collection: str, rows: slice) -> list[NDArray[np.float64]]:
        """Energy, GeV, and global position, mm, (4, S) per event."""
        hits = self._events.hits(collection, rows)
        if not self._events.has_steps(collection):
            return hits
        steps = self._events.steps(collection, rows)
        for row, (of_hits, of_steps) in enumerate(zip(hits, steps, strict=True), rows.start):
            total = float(of_hits[0].sum())
            if abs(total - float(of_steps[0].sum())) > _SAME * max(total, 1e-12):
                raise ShowerFileError(
                    f"{self.path}: in event {row} the contributions of '{collection}' sum to "
                    f"{of_steps[0].sum():g} GeV, its hits to {total:g} GeV; it is damaged: make it again"
                )
        return steps


def face_of(
    detector: DetectorSpec, vertex: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Point where a particle meets the face of the barrel, flat or a cylinder; the vertex if it is behind.

    Args:
        detector: its inner radius and staves.
        vertex: where the particle starts, global, mm, (3,).
        direction: unit vector of its momentum, (3,).

    Returns:
        Global position, mm, (3,).
    """
    radius, count = detector.inner_radius_mm, detector.staves.count
    if count:
        angles = 2 * np.pi * np.arange(count) / count
        normals = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        gap = radius - normals @ vertex[:2]
        if (gap <= 0).any():
            return vertex
        speed = normals @ direction[:2]
        ahead = speed > 0
        distance = float((gap[ahead] / speed[ahead]).min()) if ahead.any() else 0.0
        return np.asarray(vertex + distance * direction)
    across = float(direction[:2] @ direction[:2])
    along = float(vertex[:2] @ direction[:2])
    missing = radius**2 - float(vertex[:2] @ vertex[:2])
    if missing <= 0 or across == 0:
        return vertex
    return np.asarray(vertex + (np.sqrt(along**2 + across * missing) - along) / across * direction)


FORMATS = (
    Format(
        name="edm4hep",
        description="hits of EDM4hep in ROOT (needs uproot)",
        recognises=Edm4hepFile.recognises,
        open=Edm4hepFile,
        takes=frozenset({"collection"}),
        endings=(".root",),
    ),
)
