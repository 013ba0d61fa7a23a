"""Observing the showers of a run in shards, which any executor does.

A shard is some consecutive chunks of the reference or of the sample under test: it generates or reads their
showers and keeps what the evaluation needs of them. The run joins them in their order; its results have no
trace of who has done which.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

from calobench.errors import ExecutorError
from calobench.executors.base import Executor, Part
from calobench.executors.shard_folder import as_text
from calobench.harness.division import Piece, ShardedRequest, Task, set_up, set_up_once
from calobench.harness.events import Side
from calobench.harness.observation import Observation, Observer, observed_here
from calobench.harness.observation_file import ObservedShard, read_shard, write_shard
from calobench.harness.reference import Reference
from calobench.harness.sources import FileSource, ModelSource, Source
from calobench.harness.stages import Stages
from calobench.harness.stored import StoredSample
from calobench.io.noticed import Noticed
from calobench.showers import Showers

__all__ = ["ObservedShards", "observe_part", "observed_in_shards"]


class ObservedShards:
    """Both samples, in shards: does those that are missing, and reads them in order.

    Args:
        task: whose showers, and how.
        pieces: all shards.
        samples: are told what was noticed in their showers.
        executor: does the shards.
        show: called now and then, for other hosts.
    """

    stage = "join the showers' observables"

    def __init__(
        self,
        task: Task,
        pieces: Sequence[Piece],
        samples: Mapping[Side, object],
        executor: Executor,
        show: Callable[[], None],
    ) -> None:
        self._task, self._pieces, self._samples = task, pieces, samples
        self._executor, self._show = executor, show

    def prepare(self, stages: Stages) -> None:
        """Do all shards that are not there.

        Raises:
            CalobenchError: whatever ends a shard, or the executor.
        """
        total = sum(piece.showers for piece in self._pieces)
        make = functools.partial(_observe, self._task)
        with stages.stage("observe in shards", total) as advance:
            for piece, _ in self._executor.map_shards(make, self._pieces):
                self._show()
                advance(piece.showers)

    def of(self, observer: Observer, look: Callable[[Showers], object]) -> Iterator[Observation]:
        """The shards of a sample in order.

        Args:
            observer: says which sample.
            look: shown the showers, if they were kept.

        Raises:
            ExecutorError: a shard is not there any more.
        """
        noticed: tuple[Noticed, ...] = ()
        for piece in self._pieces:
            if piece.side != observer.side:
                continue
            file = self._task.request.file(piece)
            shard = read_shard(file, piece.showers)
            if shard is None:
                raise ExecutorError(
                    f"{file} has gone, or is not on the file system of whoever made it; give --out on one "
                    "that all share, and the call again"
                )
            for chunk in shard.chunks:
                look(chunk)
            earlier = noticed or (Noticed(),) * len(shard.noticed)
            noticed = tuple(a.joined(b) for a, b in zip(earlier, shard.noticed, strict=True))
            yield shard.observation
        sample = self._samples[observer.side]
        if isinstance(sample, StoredSample | ModelSource):
            sample.notice(noticed)


@contextlib.contextmanager
def observed_in_shards(
    request: ShardedRequest,
    source: Source,
    reference: Reference,
    executor: Executor,
    *,
    force: bool,
) -> Iterator[ObservedShards]:
    """Both samples in shards, which are removed when the block ends without an error.

    Args:
        request: whose showers.
        source: the sample under test.
        reference: the reference.
        executor: does the shards.
        force: start again where shards of other settings are there.

    Raises:
        OutputError: shards of other settings are there, or another process makes the same run.
        ConditionsError: a sample cannot be divided.
    """
    setup = set_up(request)
    with request.folder.taken() as show:
        request.folder.open(setup.settings, force=force)
        sample = source.stored if isinstance(source, FileSource) else source
        samples: dict[Side, object] = {"reference": reference.stored, "model": sample}
        task = Task(as_text(setup.settings), request)
        yield ObservedShards(task, setup.pieces, samples, executor, show)
        request.folder.remove()


def observe_part(request: ShardedRequest, executor: Executor, part: tuple[int, int]) -> None:
    """Observe part ``k`` of ``n`` of the shards, beside other jobs that do the rest.

    Raises:
        OutputError: shards of other settings are there.
        ConditionsError: a sample cannot be divided.
    """
    setup = set_up(request)
    request.folder.open(setup.settings, force=False)
    make = functools.partial(_observe, Task(as_text(setup.settings), request))
    for _ in Part(executor, *part).map_shards(make, setup.pieces):
        pass


def _observe(task: Task, piece: Piece) -> None:
    """Observe a shard that is not there."""
    file, n = task.request.file(piece), piece.showers
    if read_shard(file, n) is not None:
        return
    setup = set_up_once(task)
    sample, size = setup.samples[piece.side]
    chunks = list[Showers]()
    parts = observed_here(
        sample.chunks(size, piece.start, piece.stop),
        setup.observers[piece.side],
        chunks.append if task.request.keeps_showers else _ignore,
        first=piece.start,
        workers=1,
    )
    observation = Observation.joined(parts, n, _ignore)
    write_shard(file, ObservedShard(observation, sample.noticed, tuple(chunks)))


def _ignore(_: object = 1, /) -> None:
    pass
