"""Division of the showers of a run into shards, and both samples as the worker of a shard has them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from calobench import __version__
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.executors.work_folder import WorkFolder, require_same_settings
from calobench.harness.events import Side, choose_events
from calobench.harness.observation import Observer
from calobench.harness.reference import stored_reference
from calobench.harness.sources import CHUNK_SIZE, ModelSource, is_shower_file, model_source
from calobench.harness.stored import READ_SIZE, StoredSample
from calobench.io.paths import paths_in
from calobench.io.reading import Reading
from calobench.models.cached import made_from_model, source_digest, with_cache
from calobench.models.registry import load_model
from calobench.observables import all_observables
from calobench.showers import Conditions

__all__ = ["Divided", "Piece", "Setup", "ShardedRequest", "Task", "set_up", "set_up_once"]

_SHARDS = 1000
_MAX_CHUNKS = 50
_MODEL: Side = "model"
_REFERENCE: Side = "reference"


@dataclass(frozen=True)
class ShardedRequest:
    """Request: whose showers to observe. Only plain values, so that any executor can send it.

    Attributes:
        model: as ``--model`` takes it, with its device.
        detector: the detector.
        out: folder of the run; while its showers are observed the shards are in ``<out>.shards``.
        reference: a file of showers; None for the bundled sample.
        n: showers; None: 1,000 from a model, all of a file.
        seed: of the run.
        reading: what is known beforehand of the files of showers.
        keeps_showers: a benchmark wants to see them.
        sides: samples to observe.
    """

    model: str
    detector: DetectorSpec
    out: Path
    reference: Path | None
    n: int | None
    seed: int
    reading: Reading
    keeps_showers: bool
    sides: tuple[Side, ...] = ("reference", "model")

    @property
    def folder(self) -> WorkFolder:
        """Of the shards."""
        return WorkFolder(self.out.absolute())

    def file(self, piece: Piece) -> Path:
        """Path of a shard that is complete."""
        return self.folder.path / f"{piece.side}-{piece.start:09d}.npz"


class Piece(NamedTuple):
    """A shard: consecutive chunks of a sample.

    Attributes:
        side: which sample.
        start: row of its first shower.
        stop: row after its last.
    """

    side: Side
    start: int
    stop: int

    def __str__(self) -> str:
        return f"showers {self.start} to {self.stop - 1} of the {self.side}"

    @property
    def showers(self) -> int:
        """Number of them."""
        return self.stop - self.start


@dataclass(frozen=True)
class Task:
    """Inputs that all shards share; known by their settings.

    Attributes:
        settings: as text; everything that changes what is observed.
        request: whose showers to observe.
    """

    settings: str
    request: ShardedRequest = field(compare=False)


class Divided(NamedTuple):
    """A sample that can be read from anywhere.

    Attributes:
        sample: its showers.
        size: of its chunks.
    """

    sample: StoredSample | ModelSource
    size: int

    def pieces(self, side: Side) -> list[Piece]:
        """For a thousand shards, of 1 to 50 chunks each."""
        starts = self.sample.starts(self.size)
        chunks = min(max(1, -(-len(starts) // _SHARDS)), _MAX_CHUNKS)
        firsts = starts[::chunks]
        ends = [*firsts[1:], len(self.sample.conditions)]
        return [Piece(side, *rows) for rows in zip(firsts, ends, strict=True)]


class Setup(NamedTuple):
    """Both samples as a worker has them.

    Attributes:
        samples: of both sides.
        observers: of both sides.
        pieces: all shards.
        settings: JSON types; everything that changes what is observed.
    """

    samples: dict[Side, Divided]
    observers: dict[Side, Observer]
    pieces: list[Piece]
    settings: dict[str, Any]


def set_up(request: ShardedRequest) -> Setup:
    """Open both samples and divide them.

    Raises:
        ConditionsError: a sample cannot be divided.
        CalobenchError: anything wrong with the model or the files.
    """
    detector = request.detector
    reference = stored_reference(request.reference, detector, request.reading)
    sample, made_from = _sample(request, reference.conditions)
    for one in (reference, sample):
        if isinstance(one, StoredSample) and not one.divisible:
            raise ConditionsError(
                f"{one.paths[0]} is of a format of another package, which is read from its beginning only: "
                "leave --workers, --scheduler and --shard out, or write it anew with 'calobench convert'"
            )
    size = READ_SIZE if isinstance(sample, StoredSample) else CHUNK_SIZE
    samples = {_REFERENCE: Divided(reference, READ_SIZE), _MODEL: Divided(sample, size)}
    chosen = choose_events(reference.conditions, sample.conditions)._asdict()
    observables = all_observables()
    settings = {
        "detector": detector.model_dump(mode="json"),
        "model": made_from,
        "reference": _files(reference),
        "reading": list(request.reading.words),
        "n": len(sample.conditions),
        "seed": request.seed,
        "observables": [one.name for one in observables],
        "keeps_showers": request.keeps_showers,
        "calobench": __version__,
    }
    return Setup(
        samples,
        {side: Observer(detector, observables, side, chosen[side]) for side in samples},
        [piece for side in request.sides for piece in samples[side].pieces(side)],
        json.loads(json.dumps(settings)),
    )


def _sample(
    request: ShardedRequest, conditions: Conditions
) -> tuple[StoredSample | ModelSource, dict[str, object]]:
    """The sample under test, and what its showers depend on."""
    if is_shower_file(request.model):
        paths = paths_in(request.model)
        stored = StoredSample(paths, request.detector, request.n, request.reading)
        return stored, _files(stored)
    model = load_model(request.model)
    cached = with_cache(model, request.model)
    source = model_source(
        cached, conditions, request.detector, request.n, request.seed, request.model
    )
    return source, made_from_model(
        request.model, source.info, source_digest(model), request.detector
    )


def _files(sample: StoredSample) -> dict[str, object]:
    stamps = zip(sample.paths, sample.stamps, strict=True)
    return {path.name: {"bytes": size, "changed_ns": time} for path, (size, time) in stamps}


@functools.lru_cache(maxsize=1)
def set_up_once(task: Task) -> Setup:
    """Both samples, once per worker.

    Raises:
        ExecutorError: this worker would observe other showers.
    """
    setup = set_up(task.request)
    require_same_settings(setup.settings, task.settings)
    return setup
