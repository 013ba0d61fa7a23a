"""Making a file of a model's showers, in shards that any executor does.

The showers are those of ``calobench run`` with the same seed: chunks of 100, each with a seed of its own, so
that a shard, which is some chunks, can be made anywhere.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from calobench.detectors import DetectorSpec, load_detector
from calobench.errors import ConditionsError
from calobench.executors.base import Executor
from calobench.executors.processes import ProcessExecutor
from calobench.executors.shard_folder import ShardFolder, as_text
from calobench.executors.shower_file import Monitor, ShowerFileJob, make_file
from calobench.executors.work_folder import require_same_settings
from calobench.harness.reference import read_reference
from calobench.harness.sources import CHUNK_SIZE, is_shower_file
from calobench.io.writers.readout import ReadoutWriter
from calobench.models.cached import made_from_model, source_digest
from calobench.models.calls import model_info, prepare_model
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.models.registry import load_model
from calobench.showers import Conditions

__all__ = ["GenerationRequest", "generate", "shard_size"]

# A shower of cells takes up to 12 kB compressed; all is on disk twice while the shards are merged.
_BYTES_PER_SHOWER = 25_000
_SHARDS = 1000
_MAX_CHUNKS = 50


@dataclass(frozen=True)
class GenerationRequest:
    """Request: what to generate. Only plain values, so that any executor can send it.

    Attributes:
        model: as ``--model`` takes it; no file of showers.
        detector: as ``--detector`` takes it.
        out: HDF5 file; while it is made its shards are in ``<out>.shards``.
        n: number of showers.
        seed: of all random numbers.
        reference: whose conditions the showers get, repeated if ``n`` is larger; None for the bundled sample.
    """

    model: str
    detector: str
    out: Path
    n: int
    seed: int = 1
    reference: Path | None = None

    @property
    def folder(self) -> ShardFolder:
        """Of the shards."""
        return ShardFolder(self.out, self.n, shard_size(self.n))


@dataclass(frozen=True)
class _Loaded:
    model: ShowerModel
    info: ModelInfo
    detector: DetectorSpec
    conditions: Conditions
    settings: dict[str, Any]


def shard_size(n: int) -> int:
    """Showers of a shard: for a thousand shards, of 100 to 5,000 showers; it changes no shower."""
    chunks = -(-n // (CHUNK_SIZE * _SHARDS))
    return CHUNK_SIZE * min(max(1, chunks), _MAX_CHUNKS)


def generate(
    request: GenerationRequest,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    part: tuple[int, int] | None = None,
    force: bool = False,
    monitor: Monitor | None = None,
) -> None:
    """Generate showers and write them in the LEMURS layout; go on with what an earlier call left.

    Args:
        request: what to generate; the file depends on nothing else.
        workers: processes of this machine, one thread each.
        executor: does the shards elsewhere; None for this machine.
        part: ``(k, n)``: only part k of n of the shards; see
            :func:`calobench.executors.shower_file.make_file`.
        force: replace the file, and shards of other settings.
        monitor: told how far it is.

    Raises:
        CalobenchError: anything wrong with the model, the detector, the conditions or the file.
    """
    if request.n < 1:
        raise ConditionsError(f"-n {request.n}: give at least 1 shower")
    if is_shower_file(request.model):
        raise ConditionsError(
            f"{request.model} is a file of showers, and nothing is generated; give a model, or "
            "'calobench convert' to write the file anew"
        )
    detector = load_detector(request.detector)
    request = replace(request, out=request.out.absolute())
    job = ShowerFileJob(request.folder, detector, {}, {}, _BYTES_PER_SHOWER)
    job.require_place(force=force, part=part)
    loaded = _load(request)
    check_model_covers(loaded.info, detector, loaded.conditions)
    job = replace(
        job,
        settings=loaded.settings,
        attributes={"geometry_hash": detector.geometry_hash, "seed": request.seed},
    )
    make = functools.partial(_make_shard, request, as_text(loaded.settings))
    place = executor or ProcessExecutor(workers)
    make_file(job, make, place, part=part, force=force, monitor=monitor)


def _load(request: GenerationRequest) -> _Loaded:
    detector = load_detector(request.detector)
    model = load_model(request.model)
    prepare_model(model, detector, request.model)
    info = model_info(model, request.model)
    conditions = read_reference(request.reference, detector).conditions
    digest = hashlib.sha256()
    for values in (conditions.energy, conditions.theta, conditions.phi):
        digest.update(np.ascontiguousarray(values, "<f8").tobytes())
    settings = {
        **made_from_model(request.model, info, source_digest(model), detector),
        "conditions": digest.hexdigest(),
        "n": request.n,
        "seed": request.seed,
        "chunk_size": CHUNK_SIZE,
    }
    return _Loaded(model, info, detector, conditions, json.loads(json.dumps(settings)))


@functools.lru_cache(maxsize=1)
def _loaded(request: GenerationRequest, settings: str) -> _Loaded:
    """The model and the conditions, once per worker.

    Raises:
        ExecutorError: this worker would make other showers.
    """
    loaded = _load(request)
    require_same_settings(loaded.settings, settings)
    return loaded


def _make_shard(request: GenerationRequest, settings: str, shard: int) -> tuple[float, ...]:
    """Generate a shard that is not there; returns the CPU seconds of each of its showers."""
    folder = request.folder
    if folder.is_complete(shard, load_detector(request.detector)):
        return ()
    loaded, start = _loaded(request, settings), time.process_time()
    first, size = shard * folder.shard_size, folder.size(shard)
    with ReadoutWriter(
        folder.file(shard),
        detector=loaded.detector.name,
        mesh=loaded.detector.mesh_geometry,
        attributes={"model": loaded.info.name},
    ) as writer:
        for begin in range(first, first + size, CHUNK_SIZE):
            rows = np.arange(begin, min(begin + CHUNK_SIZE, first + size))
            made = generate_checked(
                loaded.model,
                loaded.conditions[rows % len(loaded.conditions)],
                loaded.detector,
                np.random.SeedSequence(request.seed, spawn_key=(begin // CHUNK_SIZE,)),
                # Once is enough to notice that a model does not draw from its seed.
                twice=begin == 0,
                name=request.model,
            )
            writer.append(made.showers)
    return (((time.process_time() - start) / size),) * size
