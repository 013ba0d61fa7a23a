"""Options of commands whose work is divided into shards: who does them."""

from __future__ import annotations

import contextlib
import functools
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from calobench.executors.base import Executor

__all__ = ["Scaling", "command_of_all", "scaling_options", "shared_words", "told_part"]

_OF_ONE_CALL = ("--submit", "--jobs", "--workers", "--scheduler", "--shard")


class Scaling(NamedTuple):
    """The executor of the shards.

    Attributes:
        workers: processes of this machine; None for not said.
        scheduler: address of a Dask scheduler; None for none.
        part: ``(k, n)``: only part k of n; None for all.
        submit: batch system whose file is to be printed; None for none.
        jobs: of that file; None for not said.
    """

    workers: int | None
    scheduler: str | None
    part: tuple[int, int] | None
    submit: str | None
    jobs: int | None

    @property
    def cores(self) -> int:
        """Processes of this machine; without ``--workers`` one per core."""
        from calobench._util.parallel import usable_cores

        return self.workers or usable_cores()

    @property
    def is_asked_for(self) -> bool:
        """Whether the call says who does the shards."""
        return (self.workers, self.scheduler, self.part) != (None, None, None)

    @contextlib.contextmanager
    def executor(self) -> Iterator[Executor]:
        """Yield the Dask cluster, or processes of this machine.

        Raises:
            CalobenchError: the cluster cannot be used.
        """
        from calobench.executors.processes import ProcessExecutor

        with self.cluster() as cluster:
            yield cluster or ProcessExecutor(self.cores)

    @contextlib.contextmanager
    def cluster(self) -> Iterator[Executor | None]:
        """Yield the Dask cluster; None where the work is done here.

        Raises:
            CalobenchError: the cluster cannot be used.
        """
        if self.scheduler is None:
            yield None
            return
        from calobench.executors.dask_cluster import DaskExecutor

        with contextlib.closing(DaskExecutor(self.scheduler)) as executor:
            yield executor

    def submit_file(self, name: str, words: Sequence[str], jobs: int) -> str:
        """The file for a batch system.

        Args:
            name: of the jobs.
            words: of the command and its options, which all jobs share.
            jobs: their number where ``--jobs`` does not say.

        Raises:
            UnknownNameError: there is no such system.
            ExecutorError: the system has no way to write one of the words.
        """
        from calobench.errors import UnknownNameError
        from calobench.executors.batch import SYSTEMS, submit_file

        system = str(self.submit)
        if system not in SYSTEMS:
            raise UnknownNameError("batch system", system, SYSTEMS)
        # The same Python, whatever the jobs' environment is.
        call = [sys.executable, "-m", "calobench", *words]
        return submit_file(system, name, call, self.jobs or jobs, Path.cwd())


def scaling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say who does the shards, which the command gets as one ``scaling``."""

    @click.option(
        "--workers",
        type=click.IntRange(1, 1000),
        help="Processes of this machine, one thread each (default: cores).",
    )
    @click.option(
        "--scheduler", metavar="ADDRESS", help="Do it on the Dask cluster of this scheduler."
    )
    @click.option(
        "--shard",
        "part",
        callback=_part,
        metavar="K/N",
        help="Do only part K of N, as a job of a batch system.",
    )
    @click.option(
        "--submit", metavar="SYSTEM", help="Print the file for htcondor or slurm, and do nothing."
    )
    @click.option(
        "--jobs",
        type=click.IntRange(1, 100_000),
        help="Jobs for --submit (default: one per shard).",
    )
    @functools.wraps(command)
    def with_scaling(
        *args: Any,
        workers: int | None,
        scheduler: str | None,
        part: tuple[int, int] | None,
        submit: str | None,
        jobs: int | None,
        **options: Any,
    ) -> Any:
        if scheduler is not None and workers is not None:
            raise click.UsageError(
                "--workers is of this machine, --scheduler of a cluster: give one of them"
            )
        scaling = Scaling(workers, scheduler, part, submit, jobs)
        return command(*args, scaling=scaling, **options)

    return with_scaling


def _part(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    text: str | None,
) -> tuple[int, int] | None:
    if text is None:
        return None
    first, slash, last = text.partition("/")
    if not (slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
        raise click.BadParameter(f"'{text}' is no part; give K/N with K from 1 to N, such as 3/10")
    return int(first), int(last)


def shared_words() -> list[str]:
    """This call as all jobs of an array share it, with one worker each."""
    return [*_words_of_all(), "--workers", "1"]


def command_of_all() -> str:
    """This call as one would type it, without who does its shards: that changes no result."""
    return shlex.join(["calobench", *_words_of_all()])


def _words_of_all() -> list[str]:
    words, left = list[str](), iter(sys.argv[1:])
    for word in left:
        if word in _OF_ONE_CALL:
            next(left, None)
        elif word.partition("=")[0] not in _OF_ONE_CALL:
            words.append(word)
    return words


def told_part(part: tuple[int, int], out: Path) -> str:
    """A sentence after a part of a file."""
    return f"part {part[0]} of {part[1]} is done; when all are, the same call without --shard writes {out}"
