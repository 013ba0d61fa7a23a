"""Noise that a seed stands for: drawn on the CPU in one order, so that it is the same on any device.

Its order is that of the first version of the CPU's path, which handles showers in groups: of a group what its
showers start from, then what each step of the sampler adds; then the next group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

__all__ = ["GROUP", "White", "ahead", "generators", "noise_of_batch", "white"]

T = TypeVar("T")

White = Callable[[slice, int], Tensor]
"""``(rows, k) -> white noise of these showers``: k = 0 is what they start from, then what their steps add."""

GROUP = 16
"""Showers that are handled together on the CPU: more fall out of the cache of a core."""


def generators(seed: np.random.SeedSequence) -> tuple[torch.Generator, torch.Generator]:
    """Those of the marginals and of the shapes of a call.

    They belong to the first two children of ``seed``; ``spawn`` would count the call in it, and the next call
    would differ.
    """
    first, second = (
        np.random.SeedSequence(
            seed.entropy, spawn_key=(*seed.spawn_key, child), pool_size=seed.pool_size
        )
        for child in range(2)
    )
    return _generator(first), _generator(second)


def _generator(seed: np.random.SeedSequence) -> torch.Generator:
    words = seed.generate_state(2, np.uint32).astype(np.int64)
    return torch.Generator().manual_seed(int(words[0] << 31 | words[1] >> 1))


def white(generator: torch.Generator, shape: tuple[int, ...]) -> White:
    """Noise of showers of a shape, drawn as it is asked for: group by group."""

    def drawn(rows: slice, _k: int) -> Tensor:
        return torch.randn(rows.stop - rows.start, *shape, generator=generator)

    return drawn


def noise_of_batch(
    generator: torch.Generator, draws: int, n: int, shape: tuple[int, ...], *, pinned: bool
) -> Tensor:
    """All noise of the next ``n`` showers, whole groups but for the last of all, (draws, n, *shape).

    Args:
        generator: as for :func:`white`, which would draw the same.
        draws: of one shower, that which it starts from included.
        n: number of showers.
        shape: of one shower.
        pinned: in memory from which a GPU copies by itself.
    """
    noise = torch.empty(draws, n, *shape, pin_memory=pinned)
    for start in range(0, n, GROUP):
        for draw in noise:
            draw[start : start + GROUP].normal_(generator=generator)
    return noise


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made by a thread while the one before is used."""
    nothing = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, nothing)
        while (item := coming.result()) is not nothing:
            coming = pool.submit(next, items, nothing)
            yield item  # type: ignore[misc]
