"""Shards for the executors: each leaves one file, which only a whole call leaves."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calobench._util.atomic import write_bytes

__all__ = ["Here", "Shard", "break_pipe", "double", "kill_yourself", "write_numbers"]


class Here:
    """Does the shards in this process."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def map_shards(self, function: Any, keys: Any) -> Iterator[Any]:
        for key in keys:
            self.done.append(str(key))
            yield key, function(key)

    def close(self) -> None:
        pass


class Shard(NamedTuple):
    """One shard.

    Attributes:
        number: of the shard, and its seed.
        folder: of its file.
        seconds: that it takes.
    """

    number: int
    folder: Path
    seconds: float

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / f"{self.number}.bin"


def write_numbers(shard: Shard) -> int:
    """Write random numbers of the shard's seed, and its process number as a sign of life meanwhile."""
    if shard.path.exists():
        return shard.number
    alive = shard.folder / f"alive-{os.getpid()}"
    alive.touch()
    time.sleep(shard.seconds)
    write_bytes(shard.path, np.random.default_rng(shard.number).bytes(1000))
    alive.unlink()
    return shard.number


def double(number: int) -> int:
    """Twice the number; negative ones are an error."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    return 2 * number


def break_pipe(number: int) -> int:
    """An error like that of a pipe whose reader has gone."""
    raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def kill_yourself(number: int) -> int:
    """End as by the system when memory runs out, but for number 0."""
    if number:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
