"""Doing the runs of a suite: what is finished is kept, what fails ends nothing else."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from calobench import __version__
from calobench.detectors import load_detector
from calobench.executors.base import Executor
from calobench.harness.measuring import model_record
from calobench.harness.reference import Reference, read_reference
from calobench.harness.run import run
from calobench.harness.sources import open_source
from calobench.models.cached import ENVIRONMENT_VARIABLE
from calobench.results.same_sample import same_reference
from calobench.results.schema import ReferenceRecord, Results
from calobench.showers import Content
from calobench.suite.entries import Entry, finished

__all__ = ["Outcome", "Task", "is_current", "run_entries", "run_entry"]


@dataclass(frozen=True)
class Task:
    """A run with where its showers are kept.

    Attributes:
        entry: the run.
        cache: folder of generated showers; None for none.
    """

    entry: Entry
    cache: Path | None

    def __str__(self) -> str:
        return str(self.entry)


@dataclass(frozen=True)
class Outcome:
    """Outcome of a run.

    Attributes:
        key: of the run.
        state: done now, kept from an earlier call, or failed.
        seconds: that it took now.
        error: why it failed, or what it lacks; '' for nothing.
    """

    key: str
    state: Literal["done", "kept", "failed"]
    seconds: float
    error: str = ""


def run_entries(
    entries: Sequence[Entry], executor: Executor, cache: Path | None
) -> Iterator[Outcome]:
    """Do all runs that are not finished, in whatever order they end.

    Args:
        entries: the runs.
        executor: where.
        cache: folder of generated showers; None for none.

    Raises:
        ExecutorError: the workers cannot be used.
    """
    tasks = [Task(entry, cache) for entry in entries]
    for _, outcome in executor.map_shards(run_entry, tasks):
        yield outcome


def run_entry(task: Task) -> Outcome:
    """Do one run, unless its folder holds it: the same call, of the same model and reference.

    Anything that it fails of is its outcome, so that the others go on.
    """
    with _cache_in_use(task.cache):
        return _run_entry(task.entry)


@contextlib.contextmanager
def _cache_in_use(folder: Path | None) -> Iterator[None]:
    """The environment names the cache within the block, for processes that models start as well."""
    before = os.environ.get(ENVIRONMENT_VARIABLE)
    if folder is not None:
        os.environ[ENVIRONMENT_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is not None:
            os.environ[ENVIRONMENT_VARIABLE] = before
        elif folder is not None:
            del os.environ[ENVIRONMENT_VARIABLE]


def _run_entry(entry: Entry) -> Outcome:
    start = time.perf_counter()
    try:
        earlier = finished(entry)
        if earlier is not None and is_current(earlier, entry):
            return Outcome(entry.key, "kept", time.perf_counter() - start)
        outcome = run(entry.request(force=(entry.folder / "results.json").exists()))
        lacks = "; ".join(str(failure) for failure in outcome.failures)
    except Exception as error:  # a stranger's model may raise anything
        name = "" if hasattr(error, "exit_code") else f"{type(error).__name__}: "
        return Outcome(entry.key, "failed", time.perf_counter() - start, f"{name}{error}")
    return Outcome(entry.key, "done", time.perf_counter() - start, lacks)


def is_current(results: Results, entry: Entry) -> bool:
    """Whether results are of the model, detector, reference and calobench that there are now.

    Raises:
        CalobenchError: the model or the reference cannot be had.
    """
    detector = load_detector(entry.detector)
    if results.detector.geometry_hash != detector.geometry_hash:
        return False
    if results.provenance.versions.get("calobench") != __version__:
        return False
    reference = read_reference(entry.reference, detector)
    if not _same_reference(results.reference, reference):
        return False
    source = open_source(entry.model, reference.conditions, detector, entry.n, entry.seed)
    return model_record(source) == results.model


def _same_reference(record: ReferenceRecord, reference: Reference) -> bool:
    """Whether results were made with these showers, whatever their file packs them with."""
    if record.sha256 == reference.record.sha256:
        return True
    if record.n != reference.record.n or record.content_sha256 is None:
        return False
    content = Content.joined([Content.of(chunk) for chunk in reference.chunks()]).sha256
    return same_reference(record, reference.record.model_copy(update={"content_sha256": content}))
