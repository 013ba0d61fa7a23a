"""Samples of showers that are in memory: arrays instead of files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, ShowerFileError
from calobench.harness.reference import Reference
from calobench.io.checks import check_conditions, check_showers
from calobench.models.protocol import ModelInfo
from calobench.results.schema import ReferenceRecord
from calobench.showers import Conditions, Content, Rounded, Showers, clear_rounding

__all__ = ["InMemorySample", "InMemorySource", "reference_of", "showers_of"]


class InMemorySample:
    """Showers in memory, checked as those of a file are.

    Args:
        showers: the showers; they are copied.
        detector: the detector.
        name: for messages.

    Raises:
        MeshMismatchError: of another number of cells than the detector has.
        ShowerFileError: no showers, or impossible values.
        ConditionsError: energies or angles outside the detector's range.
    """

    def __init__(self, showers: Showers, detector: DetectorSpec, name: str) -> None:
        shape = detector.mesh_geometry.shape
        if showers.energy.shape[1:] != shape:
            raise MeshMismatchError(
                f"{name} has showers of {showers.energy.shape[1:]} cells, {detector.name} has {shape}; "
                "give an array of (N, r, phi, z)"
            )
        if not len(showers):
            raise ShowerFileError(f"{name} holds no showers; give at least one")
        energy = np.array(showers.energy, dtype=np.float32)
        self._rounded: Rounded = clear_rounding(energy)
        check_showers(energy, name, 0, "showers")
        check_conditions(showers.conditions, detector, name)
        self._showers, self._name = Showers(energy, showers.conditions), name
        self.conditions: Conditions = showers.conditions

    def chunks(self, size: int) -> Iterator[Showers]:
        """All showers, ``size`` at a time."""
        for start in range(0, len(self._showers), size):
            yield self._showers[start : start + size]

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers, one line each."""
        return self._rounded.remarks(self._name)

    @property
    def sha256(self) -> str:
        """Checksum of the content."""
        return Content.of(self._showers).sha256


class InMemorySource(InMemorySample):
    """Showers under test, in memory.

    Args:
        showers: the showers.
        detector: the detector.
        name: of the model that made them.
    """

    stage = "read showers"

    def __init__(self, showers: Showers, detector: DetectorSpec, name: str) -> None:
        super().__init__(showers, detector, name)
        self.info = ModelInfo(
            name=name,
            description=f"showers of an array, content SHA-256 {self.sha256}",
            device="unknown",
        )


def showers_of(array: ArrayLike, conditions: Conditions) -> Showers:
    """Showers of an array, in MeV, with conditions that are repeated as often as they are needed.

    Args:
        array: (N, r, phi, z); also a tensor on the CPU.
        conditions: incident particles.
    """
    energy = np.asarray(array, dtype=np.float32)
    if energy.ndim != 4:
        raise ShowerFileError(
            f"an array of showers has the shape {energy.shape}; it must be (N, r, phi, z)"
        )
    return Showers(energy, conditions.repeated(len(energy)))


def reference_of(showers: Showers, detector: DetectorSpec) -> Reference:
    """A reference sample in memory.

    Raises:
        MeshMismatchError: of another number of cells than the detector has.
        ShowerFileError: no showers, or impossible values.
        ConditionsError: energies or angles outside the detector's range.
    """
    stored = InMemorySample(showers, detector, "reference")
    record = ReferenceRecord(
        source="in memory", sha256=stored.sha256, n=len(stored.conditions), description="not stated"
    )
    return Reference("the reference", stored, record)
