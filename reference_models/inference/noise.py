"""Noise that a seed stands for: drawn on the CPU, so that it is the same on any device.

Showers are handled in groups, and every group has a generator of its own: whichever thread draws it, and in
whatever order, its noise is what its showers start from, then what each step of the sampler adds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

__all__ = ["GROUP", "White", "ahead", "noise_of_batch", "streams", "white"]

T = TypeVar("T")

White = Callable[[slice, int], Tensor]
"""``(rows, k) -> white noise of these showers``: k = 0 is what they start from, then what their steps add."""

GROUP = 16
"""Showers that are handled together on the CPU: more fall out of the cache of a core."""


def streams(seed: np.random.SeedSequence) -> tuple[torch.Generator, np.random.SeedSequence]:
    """The generator of the marginals of a call, and the seed of its shapes.

    They are the first two children of ``seed``; ``spawn`` would count the call in it, and the next call
    would differ.
    """
    return _generator(_child(seed, 0)), _child(seed, 1)


def _child(seed: np.random.SeedSequence, number: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(
        seed.entropy, spawn_key=(*seed.spawn_key, number), pool_size=seed.pool_size
    )


def _generator(seed: np.random.SeedSequence) -> torch.Generator:
    words = seed.generate_state(2, np.uint32).astype(np.int64)
    return torch.Generator().manual_seed(int(words[0] << 31 | words[1] >> 1))


def white(seed: np.random.SeedSequence, shape: tuple[int, ...]) -> White:
    """Noise of showers of a shape, drawn as it is asked for: group by group, and in each k = 0, 1, 2 ..."""
    generator: torch.Generator

    def drawn(rows: slice, k: int) -> Tensor:
        nonlocal generator
        if k == 0:
            generator = _generator(_child(seed, rows.start // GROUP))
        return torch.randn(rows.stop - rows.start, *shape, generator=generator)

    return drawn


def noise_of_batch(
    seed: np.random.SeedSequence,
    draws: int,
    rows: slice,
    shape: tuple[int, ...],
    pool: ThreadPoolExecutor,
    *,
    pinned: bool,
) -> Tensor:
    """All noise of some showers, (draws, n, *shape).

    Args:
        seed: as for :func:`white`, which would draw the same.
        draws: of one shower, that which it starts from included.
        rows: the showers, whole groups but for the last of all.
        shape: of one shower.
        pool: its threads draw it, each one group at a time.
        pinned: in memory from which a GPU copies by itself.
    """
    noise = torch.empty(draws, rows.stop - rows.start, *shape, pin_memory=pinned)

    def fill(start: int) -> None:
        generator = _generator(_child(seed, (rows.start + start) // GROUP))
        for draw in noise:
            draw[start : start + GROUP].normal_(generator=generator)

    for _ in pool.map(fill, range(0, rows.stop - rows.start, GROUP)):
        pass
    return noise


def ahead(jobs: Iterable[Callable[[], T]], thread: ThreadPoolExecutor) -> Iterator[Callable[[], T]]:
    """What waits for the result of each job; two are begun at once, and another with each that is asked for.

    Args:
        jobs: taken as they are begun.
        thread: does one after the other.
    """
    left = iter(jobs)
    coming = deque(thread.submit(job) for job in islice(left, 2))

    def waiting() -> Iterator[Callable[[], T]]:
        while coming:
            yield coming.popleft().result
            coming.extend(thread.submit(job) for job in islice(left, 1))

    return waiting()
