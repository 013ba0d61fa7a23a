"""A file of showers, made in shards: resumed where it was left, then merged."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from calobench._util.commit import clear_left
from calobench.detectors import DetectorSpec
from calobench.errors import OutputError
from calobench.executors.base import Executor, Part
from calobench.executors.shard_folder import PROVENANCE, ShardFolder, as_text

__all__ = ["Monitor", "ShowerFileJob", "Silent", "make_file"]


class Monitor(Protocol):
    """Is told how far a file is."""

    def begin(self, done: int, total: int) -> None:
        """``done`` of ``total`` showers were there already."""

    def shower(self, seconds: float) -> None:
        """One more shower; it took so many seconds of CPU time."""


class Silent:
    """A monitor that says nothing."""

    def begin(self, done: int, total: int) -> None:
        """See :class:`Monitor`."""

    def shower(self, seconds: float) -> None:
        """See :class:`Monitor`."""


@dataclass(frozen=True)
class ShowerFileJob:
    """A file of showers to make.

    Attributes:
        folder: of the shards, beside the file.
        detector: of the showers.
        settings: JSON types; everything that changes a shower. Shards of other settings are refused.
        attributes: of the file.
        bytes_per_shower: that it takes on disk while the shards are merged.
    """

    folder: ShardFolder
    detector: DetectorSpec
    settings: Mapping[str, Any]
    attributes: Mapping[str, Any]
    bytes_per_shower: int

    def require_place(self, *, force: bool, part: tuple[int, int] | None = None) -> None:
        """Check that there is a place for the file, and room.

        Raises:
            OutputError: the file exists and is not to be replaced, is a folder, or there is no space; or
                ``force`` for a part.
        """
        folder, out = self.folder, self.folder.out
        if force and part is not None:
            raise OutputError(
                "--force with --shard would remove the shards of other jobs; call it once without --shard "
                f"first, or remove {folder.path}"
            )
        clear_left(out.parent)
        if out.is_dir():
            raise OutputError(f"{out} is a folder; give a file with --out")
        # Where shards are left, what is there may be what they were to become.
        if out.exists() and not (force or folder.path.exists()):
            raise _exists(out)
        existing = next(parent for parent in out.absolute().parents if parent.exists())
        free, needed = shutil.disk_usage(existing).free, folder.n * self.bytes_per_shower
        if free < needed:
            raise OutputError(
                f"{folder.n} showers need about {needed / 1e9:.2g} GB, {existing} has {free / 1e9:.2g} GB; "
                "make room or choose another --out"
            )


def make_file(
    job: ShowerFileJob,
    make: Callable[[int], tuple[float, ...]],
    executor: Executor,
    *,
    part: tuple[int, int] | None = None,
    force: bool = False,
    monitor: Monitor | None = None,
    on_shower: Callable[[Callable[[float], None]], None] = lambda _: None,
) -> None:
    """Let an executor make the shards that are not there, and merge them.

    Args:
        job: what is to be made; its place has been checked.
        make: makes one shard, or leaves one that is complete; returns the CPU seconds of each shower that it
            has not told otherwise.
        executor: does the shards.
        part: ``(k, n)``: only part k of n of the shards, beside other jobs that do the rest; the call without
            it merges them.
        force: replace the file, and shards of other settings.
        monitor: told how far it is.
        on_shower: gets, before the first shard, what showers may also be told to.

    Raises:
        OutputError: the file exists, shards of other settings, another process makes the same file, or a
            disk is full.
        CalobenchError: whatever ends a shard, or the executor.
    """
    folder, detector = job.folder, job.detector
    monitor = monitor or Silent()
    if part is not None:
        if not _is_made(job, force=False):
            folder.open(job.settings, force=False)
            executor = Part(executor, *part)
            _shards(job, make, executor, monitor, on_shower, lambda: None)
        return
    with folder.taken() as show:
        if _is_made(job, force=force):
            folder.remove()
            return
        folder.open(job.settings, force=force)
        _shards(job, make, executor, monitor, on_shower, show)
        attributes = {**job.attributes, PROVENANCE: as_text(job.settings)}
        folder.merge(detector, attributes, replace=force)


def _is_made(job: ShowerFileJob, *, force: bool) -> bool:
    """Whether the file is there already, and only its shards are left.

    Raises:
        OutputError: another file is there, and is not to be replaced.
    """
    out = job.folder.out
    if not out.exists() or force:
        return False
    if not job.folder.is_finished(job.settings, job.detector):
        raise _exists(out)
    return True


def _shards(
    job: ShowerFileJob,
    make: Callable[[int], tuple[float, ...]],
    executor: Executor,
    monitor: Monitor,
    on_shower: Callable[[Callable[[float], None]], None],
    show: Callable[[], None],
) -> None:
    folder, shards = job.folder, range(job.folder.count)
    missing = set(folder.missing(job.detector))
    mine = executor.of(shards) if isinstance(executor, Part) else shards
    total = sum(map(folder.size, mine))
    monitor.begin(total - sum(folder.size(shard) for shard in mine if shard in missing), total)

    def shower(seconds: float) -> None:
        show()
        monitor.shower(seconds)

    on_shower(shower)
    # All of them: a part must not depend on what other parts have done by now.
    for _, seconds in executor.map_shards(make, shards):
        for one in seconds:
            shower(one)


def _exists(out: Path) -> OutputError:
    return OutputError(f"{out} exists; use --force to replace it, or another --out")
