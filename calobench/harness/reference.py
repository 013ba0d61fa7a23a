"""The reference sample: bundled with calobench, or any LEMURS-layout file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calobench._util.digest import sha256_of_file
from calobench._util.resources import data_specs_dir
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.harness.sources import READ_SIZE, require_mesh
from calobench.io.checks import check_conditions
from calobench.io.readers.lemurs import LemursFile
from calobench.results.schema import ReferenceRecord
from calobench.showers import Conditions, Showers

__all__ = ["Reference", "bundled_reference", "read_reference"]


@dataclass(frozen=True)
class Reference:
    """The reference sample: what is known of it, and its showers when they are wanted.

    Attributes:
        path: the file.
        detector: the detector.
        conditions: incident particles, (N,).
        record: what results say of it.
    """

    path: Path
    detector: DetectorSpec
    conditions: Conditions
    record: ReferenceRecord

    def chunks(self, size: int = READ_SIZE) -> Iterator[Showers]:
        """All showers, ``size`` at a time.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        with LemursFile(self.path, self.detector.mesh_geometry.shape) as file:
            yield from file.chunks(size)

    @property
    def showers(self) -> Showers:
        """All showers at once, read anew: for samples that fit into memory."""
        with LemursFile(self.path, self.detector.mesh_geometry.shape) as file:
            return file.read()


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


def read_reference(path: Path | None, detector: DetectorSpec) -> Reference:
    """Read all of the reference but its showers, and check that it fits the detector.

    Args:
        path: a LEMURS-layout file; None for the bundled sample.
        detector: the detector.

    Raises:
        ShowerFileError: unreadable, empty or impossible values.
        MeshMismatchError: scored on another mesh.
        ConditionsError: energies or angles outside the detector's range.
    """
    source = path or bundled_reference(detector)
    with LemursFile(source, detector.mesh_geometry.shape) as file:
        require_mesh(file, detector)
        conditions, description = file.conditions, file.description
    check_conditions(conditions, detector, source)
    record = ReferenceRecord(
        source="bundled" if path is None else source.name,
        sha256=sha256_of_file(source),
        n=len(conditions),
        description=f"Geant4 {description}" if description else "not stated in the file",
    )
    return Reference(source, detector, conditions, record)
