"""The reference sample: bundled with calobench, or any file of showers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calobench._util.resources import data_specs_dir
from calobench.datasets import is_mistyped, select
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.harness.stored import READ_SIZE, StoredSample
from calobench.io.paths import paths_in
from calobench.io.reading import UNDECLARED, Reading
from calobench.results.schema import ReferenceRecord
from calobench.showers import Conditions, Showers

__all__ = ["Reference", "Sample", "bundled_reference", "read_reference", "stored_reference"]


class Sample(Protocol):
    """Showers in order, wherever they are."""

    conditions: Conditions

    def chunks(self, size: int) -> Iterator[Showers]:
        """All showers, ``size`` at a time."""

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that have been read, one line each."""


@dataclass(frozen=True)
class Reference:
    """The reference sample: what is known of it, and its showers when they are needed.

    Attributes:
        path: the file, the first of several; what it is called where there is none.
        stored: its showers.
        record: what results say of it.
    """

    path: Path | str
    stored: Sample
    record: ReferenceRecord

    @property
    def conditions(self) -> Conditions:
        """Incident particles, (N,)."""
        return self.stored.conditions

    def chunks(self, size: int = READ_SIZE) -> Iterator[Showers]:
        """All showers, ``size`` at a time.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        return self.stored.chunks(size)

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that have been read, one line each."""
        return self.stored.remarks()

    @property
    def showers(self) -> Showers:
        """All showers at once, read anew: for samples that fit into memory."""
        return Showers.concatenate(list(self.chunks()))


def bundled_reference(detector: DetectorSpec) -> Path:
    """The sample that ships with calobench for a detector.

    Raises:
        ShowerFileError: there is none for this detector.
    """
    path = data_specs_dir() / "reference" / f"{detector.name}.h5"
    if not path.exists():
        raise ShowerFileError(
            f"no bundled reference for detector {detector.name}; give one with --reference FILE.h5"
        )
    return path


def read_reference(
    path: Path | None, detector: DetectorSpec, reading: Reading = UNDECLARED
) -> Reference:
    """Read all of the reference but its showers, and check that it fits the detector.

    Args:
        path: a file of showers, a pattern, several separated by commas, or a public data set by its name;
            None for the bundled sample.
        detector: the detector.
        reading: what is known of the files beforehand.

    Raises:
        ShowerFileError: unreadable, empty or impossible values.
        MeshMismatchError: scored on another mesh.
        ConditionsError: energies or angles outside the detector's range.
        FetchError: a public data set that was not fetched.
        UnknownNameError: a name that is nearly one of a public data set.
    """
    stored = stored_reference(path, detector, reading)
    made_with = stored.description
    record = ReferenceRecord(
        source="bundled" if path is None else ", ".join(one.name for one in stored.paths),
        sha256=stored.sha256,
        n=len(stored.conditions),
        description=f"Geant4 {made_with}" if made_with else "not stated in the file",
    )
    return Reference(stored.paths[0], stored, record)


def stored_reference(
    path: Path | None, detector: DetectorSpec, reading: Reading = UNDECLARED
) -> StoredSample:
    """The showers of the reference, without a checksum of its files; see :func:`read_reference`."""
    if path is not None and is_mistyped(str(path)) and not path.exists():
        select(str(path))
    paths = (bundled_reference(detector),) if path is None else paths_in(path)
    return StoredSample(paths, detector, reading=UNDECLARED if path is None else reading)
