"""Where the showers under test come from: a model, or a file that somebody generated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from calobench._util.digest import sha256_of_file
from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError
from calobench.io.checks import check_conditions
from calobench.io.readers.lemurs import LemursFile
from calobench.models.calls import model_info
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.models.registry import load_model
from calobench.showers import Conditions, Rounded, Showers

__all__ = [
    "READ_SIZE",
    "FileSource",
    "ModelSource",
    "Source",
    "is_shower_file",
    "open_source",
]

READ_SIZE = 250
"""Showers of a file that are read at once: many enough to be quick, few enough for any memory."""


class Source(Protocol):
    """A sample of showers, in chunks."""

    info: ModelInfo
    conditions: Conditions

    def chunks(self, size: int) -> Iterator[Showers]:
        """All showers, ``size`` at a time; more of a file, where it does not matter."""

    def remarks(self) -> tuple[str, ...]:
        """What was noticed in the showers that have passed by, one line each."""


class ModelSource:
    """Generates showers; every chunk has a seed of its own, so that any executor gives the same."""

    def __init__(
        self, model: ShowerModel, conditions: Conditions, detector: DetectorSpec, seed: int
    ) -> None:
        self.info, self.conditions = model_info(model), conditions
        check_model_covers(self.info, detector, conditions)
        self._rounded = Rounded()
        self._model, self._detector, self._seed = model, detector, seed

    def chunks(self, size: int) -> Iterator[Showers]:
        """See :class:`Source`."""
        starts = range(0, len(self.conditions), size)
        seeds = np.random.SeedSequence(self._seed).spawn(len(starts))
        for start, seed in zip(starts, seeds, strict=True):
            part = self.conditions[start : start + size]
            # Once is enough to notice that a model does not draw from its seed.
            found = generate_checked(self._model, part, self._detector, seed, twice=start == 0)
            self._rounded = self._rounded.joined(found.rounded)
            yield found.showers

    def remarks(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return self._rounded.remarks(self.info.name)


class FileSource:
    """Showers of a LEMURS-layout file, with the conditions they were generated for."""

    def __init__(self, path: Path, detector: DetectorSpec, limit: int | None = None) -> None:
        self._path = path
        self._shape = detector.mesh_geometry.shape
        with LemursFile(path, self._shape) as file:
            require_mesh(file, detector)
            self._n = len(file) if limit is None else min(limit, len(file))
            self.conditions = file.conditions[: self._n]
        self._remarks: tuple[str, ...] = ()
        check_conditions(self.conditions, detector, path)
        self.info = ModelInfo(
            name=path.stem,
            description=f"showers of the file {path.name}, SHA-256 {sha256_of_file(path)}",
            device="unknown",
        )

    def chunks(self, size: int) -> Iterator[Showers]:
        """See :class:`Source`."""
        with LemursFile(self._path, self._shape) as file:
            yield from file.chunks(max(size, READ_SIZE), stop=self._n)
            self._remarks = file.remarks()

    def remarks(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return self._remarks


def is_shower_file(name: str) -> bool:
    """Whether ``--model`` names a file and not a registered model."""
    return name.endswith((".h5", ".hdf5"))


def open_source(
    name: str, reference: Conditions, detector: DetectorSpec, n: int | None, seed: int
) -> Source:
    """The sample that ``--model`` names.

    Args:
        name: a shower file, a registered model or ``package.module:factory``.
        reference: conditions of the reference; a model gets them, repeated when ``n`` is larger.
        detector: the detector.
        n: number of showers; None: 1,000 from a model, all of a file.
        seed: of the run.
    """
    if is_shower_file(name):
        return FileSource(Path(name), detector, n)
    conditions = reference.repeated(1000 if n is None else n)
    return ModelSource(load_model(name), conditions, detector, seed)


def require_mesh(file: LemursFile, detector: DetectorSpec) -> None:
    """Check that a file is of the detector and scored on its mesh, as far as the file says.

    Raises:
        MeshMismatchError: it was not, or it says that it belongs to another detector or geometry.
    """
    if file.detector is not None and file.detector != detector.name:
        raise MeshMismatchError(
            f"{file.path} holds showers of {file.detector}, not of {detector.name}; "
            f"give --detector {file.detector}, or a file of {detector.name}"
        )
    if file.mesh is not None:
        detector.mesh_geometry.require_same(file.mesh, str(file.path))
    if file.geometry_hash not in {None, detector.geometry_hash}:
        raise MeshMismatchError(
            f"{file.path} was simulated with another geometry of {detector.name} "
            f"({str(file.geometry_hash)[:12]}, not {detector.geometry_hash[:12]}); give the YAML that it "
            "was simulated with, or simulate it again"
        )
