"""Time of shards on many workers, by simulation: one caller hands them out to whoever is free."""

from __future__ import annotations

import heapq
from typing import NamedTuple

__all__ = ["Costs", "simulated"]


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
