"""Sources of the showers under test: a model, or a file that somebody generated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from calobench._util.memory import require_memory
from calobench.detectors.spec import DetectorSpec
from calobench.errors import DeviceError
from calobench.harness.stored import READ_SIZE, StoredSample
from calobench.io.formats import endings
from calobench.io.noticed import Noticed
from calobench.io.paths import is_pattern, paths_in, stem_of
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.cached import CachedModel, with_cache
from calobench.models.calls import model_info, prepare_model
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.devices import AUTO, require_device_name
from calobench.models.files.catalogue import is_model_file, model_file_path
from calobench.models.naming import ModelName, with_device
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.models.registry import load_model, registered_models
from calobench.showers import Conditions, Rounded, Showers

__all__ = [
    "CHUNK_SIZE",
    "TABLE_BYTES",
    "FileSource",
    "ModelSource",
    "Source",
    "is_shower_file",
    "model_source",
    "open_source",
    "placed",
    "short_name",
]

CHUNK_SIZE = 100
"""Showers per chunk; part of what a seed means, so it is not an option."""

TABLE_BYTES = 3000
"""A shower has so many in the table of observables."""


class Source(Protocol):
    """A sample of showers, in chunks.

    Attributes:
        stage: what the stage is called in which they come: only a model's takes a time per shower.
    """

    info: ModelInfo
    conditions: Conditions
    stage: str

    def chunks(self, size: int) -> Iterator[Showers]:
        """All showers, ``size`` at a time; more of a file, where it does not matter."""

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that have passed by, one line each."""


class ModelSource:
    """Generates showers; every chunk has a seed of its own, so that any executor gives the same."""

    def __init__(
        self,
        model: ShowerModel,
        conditions: Conditions,
        detector: DetectorSpec,
        seed: int,
        name: str | None = None,
    ) -> None:
        prepare_model(model, detector, name)
        self.info, self.conditions = model_info(model), conditions
        check_model_covers(self.info, detector, conditions)
        self._rounded, self._name = Rounded(), name
        self._model, self._detector, self._seed = model, detector, seed
        # Showers that may come from a cache say nothing of the time that a model takes.
        cached = isinstance(model, CachedModel)
        self.stage = "generate, or read again" if cached else "generate"

    def starts(self, size: int) -> list[int]:
        """The first shower of each chunk, as :meth:`chunks` gives them."""
        return list(range(0, len(self.conditions), size))

    def chunks(self, size: int, start: int = 0, stop: int | None = None) -> Iterator[Showers]:
        """All showers, ``size`` at a time.

        Args:
            size: of a chunk.
            start: only the showers from this one on; one of :meth:`starts`.
            stop: only the showers before this one; likewise.
        """
        self._rounded = Rounded()
        for first in range(start, len(self.conditions) if stop is None else stop, size):
            part = self.conditions[first : first + size]
            seed = np.random.SeedSequence(self._seed, spawn_key=(first // size,))
            # Once is enough to notice that a model does not draw from its seed.
            checked = generate_checked(
                self._model, part, self._detector, seed, twice=first == 0, name=self._name
            )
            self._rounded = self._rounded.joined(checked.rounded)
            yield checked.showers

    @property
    def noticed(self) -> tuple[Noticed, ...]:
        """In the showers that were generated."""
        return (Noticed(self._rounded),)

    def notice(self, noticed: Sequence[Noticed]) -> None:
        """Take what was noticed where the showers were generated."""
        (self._rounded,) = (one.rounded for one in noticed)

    def remarks(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (*self.info.remarks, *self._rounded.remarks(self.info.name))


class FileSource:
    """Showers of files, with the conditions they were generated for."""

    stage = "read showers"

    def __init__(
        self,
        paths: Sequence[Path],
        detector: DetectorSpec,
        n: int | None = None,
        reading: Reading = UNDECLARED,
    ) -> None:
        self.stored = StoredSample(paths, detector, n, reading)
        self.conditions = self.stored.conditions
        files = "file" if len(paths) == 1 else "files"
        names = ", ".join(path.name for path in paths)
        self.info = ModelInfo(
            name=stem_of(paths),
            description=f"showers of the {files} {names}, SHA-256 {self.stored.sha256}",
            device="unknown",
        )

    def chunks(self, size: int) -> Iterator[Showers]:
        """See :class:`Source`."""
        return self.stored.chunks(max(size, READ_SIZE))

    def remarks(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return self.stored.remarks()


# What is given in place of files of showers: reading says what it is.
_ENDINGS = frozenset(
    {
        *(".npy", ".npz", ".root", ".parquet", ".csv", ".txt"),
        *(".ckpt", ".pkl", ".zip", ".gz"),
    }
)


def is_shower_file(name: str) -> bool:
    """Whether ``--model`` names files of showers, and not a model."""
    if is_model_file(name):
        return False
    if is_pattern(name):
        return True
    first = paths_in(name)[0]
    if first.suffix.lower() in _ENDINGS | endings():
        return True
    if ":" not in name and len(first.parts) > 1 and first.suffix != ".py":
        return True  # in a folder, there or not
    return first.is_file() and first.suffix != ".py" and name not in registered_models()


def placed(name: str, device: str) -> str:
    """The model that ``--model`` names, to run on a device.

    Args:
        name: of a model.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        DeviceError: it names no device, or the model is a file of showers.
    """
    require_device_name(device)
    if device == AUTO:
        return name
    if is_shower_file(name):
        raise DeviceError(
            f"--device {device}: {name} is a file of showers, and nothing is generated; leave --device out"
        )
    return with_device(name, device)


def short_name(name: str) -> str:
    """Name in folders and tables of what ``--model`` names."""
    if is_shower_file(name):
        return stem_of(paths_in(name))
    file = model_file_path(name)
    # Where it runs is no part of what it is.
    parsed = ModelName.parse(name).without("device")
    told = parsed if file is None else parsed._replace(factory=file.stem)
    return told.text.replace(":", ".")


def open_source(
    name: str,
    reference: Conditions,
    detector: DetectorSpec,
    n: int | None,
    seed: int,
    reading: Reading = UNDECLARED,
) -> Source:
    """The sample that ``--model`` names.

    Args:
        name: files of showers (one, a pattern, or several with commas between); a registered model,
            ``package.module:factory`` or a trained file.
        reference: conditions of the reference; a model gets them, repeated when ``n`` is larger.
        detector: the detector.
        n: number of showers; None: 1,000 from a model, all of a file.
        seed: of the run.
        reading: what is known of the files beforehand.
    """
    if is_shower_file(name):
        return FileSource(paths_in(name), detector, n, reading)
    number = _that_fit(n)
    return model_source(with_cache(load_model(name), name), reference, detector, number, seed, name)


def model_source(
    model: ShowerModel,
    reference: Conditions,
    detector: DetectorSpec,
    n: int | None,
    seed: int,
    name: str | None = None,
) -> ModelSource:
    """Showers that a model will generate, for the conditions of the reference.

    Args:
        model: generates them.
        reference: conditions of the reference, repeated when ``n`` is larger.
        detector: the detector.
        n: number of showers; None: 1,000.
        seed: of the run.
        name: under which the model was asked for, for messages.

    Raises:
        MemoryError: so many showers would not fit.
        CalobenchError: the model does not cover the detector, or these conditions.
    """
    return ModelSource(model, reference.repeated(_that_fit(n)), detector, seed, name)


def _that_fit(n: int | None) -> int:
    """The number of showers, once it is known that they fit into memory: nothing is made of too many."""
    number = 1000 if n is None else n
    require_memory(TABLE_BYTES * number, f"the observables of {number} showers")
    return number
