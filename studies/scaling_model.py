"""Time of shards on many workers: simulated, with one caller who hands them out, and measured."""

from __future__ import annotations

import heapq
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Costs", "simulated", "speed_up"]


class Costs(NamedTuple):
    """Costs of the parts.

    Attributes:
        shower_s: per shower, in a worker.
        shard_s: per shard, in the one process that hands them out.
        begin_s: of a worker, before its first shard.
        merge_s: per shower, in the one process that joins the shards.
    """

    shower_s: float
    shard_s: float
    begin_s: float
    merge_s: float


def simulated(costs: Costs, n: int, shard_size: int, workers: int) -> tuple[float, float]:
    """Seconds until the last shard is made, and seconds that joining them takes then.

    Args:
        costs: measured.
        n: showers.
        shard_size: of all shards; the last may be smaller.
        workers: at the same time.
    """
    free = [costs.begin_s] * workers
    caller, left, last = 0.0, n, 0.0
    while left > 0:
        size = min(shard_size, left)
        left -= size
        caller = max(caller, free[0]) + costs.shard_s
        ended = caller + size * costs.shower_s
        heapq.heapreplace(free, ended)
        last = max(last, ended)
    return last, n * costs.merge_s


def speed_up(
    walls: Mapping[int, Sequence[tuple[float, float]]], files: tuple[int, int]
) -> dict[str, Any]:
    """Speed-up of two workers over one, and what the program takes beside its work.

    Start and end of the program are the same for a small and for a large file: their difference is work.

    Args:
        walls: wall times of the small and of the large file in every round, s; by number of workers.
        files: showers of the two.
    """
    showers = files[1] - files[0]
    work = {k: [large - small for small, large in rounds] for k, rounds in walls.items()}
    begin = {
        k: [
            small - one * files[0] / showers
            for (small, _), one in zip(rounds, work[k], strict=True)
        ]
        for k, rounds in walls.items()
    }
    ratios = [one / two for one, two in zip(work[1], work[2], strict=True)]
    return {
        "files": files,
        "work_of": showers,
        "wall_s": walls,
        "work_s": {k: statistics.median(values) for k, values in work.items()},
        "begin_s": {k: statistics.median(values) for k, values in begin.items()},
        "speed_up": {
            "value": statistics.median(ratios),
            "least": min(ratios),
            "greatest": max(ratios),
        },
    }
