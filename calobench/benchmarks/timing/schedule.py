"""Measuring many cells side by side, round by round, until each is known well enough.

A round visits every process that still has something to measure, in an order drawn anew, and only one
works at a time; so whatever the machine does meanwhile, it does to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from calobench.benchmarks.timing.cell import Cell, Limits, Visitor

__all__ = ["measure_rounds", "warm_up"]


def warm_up(visitor: Visitor, cells: Sequence[Cell], limits: Limits) -> None:
    """Make the first calls of one process; ``cells`` come with ascending batch sizes."""
    largest: dict[float, Cell] = {}
    for cell in cells:
        cell.start(visitor, limits, largest.get(cell.point.energy_mev))
        largest[cell.point.energy_mev] = cell


def measure_rounds(
    work: Sequence[tuple[Visitor, Sequence[Cell]]],
    limits: Limits,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> None:
    """Visit all processes in turn until every cell is precise enough or has used up its time.

    Cells that are precise and cheap go on as long as others are not, so that all see the same machine.

    Args:
        work: the processes, each with its warmed-up cells.
        limits: when to stop.
        rng: draws the order and the bootstraps.
        advance: called with the number of cells that have just become ready.
    """
    cells = [cell for _, own in work for cell in own]
    refused = [cell for cell in cells if cell.refusal is not None]
    advance(len(refused))
    open_cells = {id(cell): cell for cell in cells if cell.refusal is None}
    while open_cells:
        for index in rng.permutation(len(work)):
            visitor, own = work[index]
            for cell in own:
                if cell.refusal is not None or cell.exhausted(limits):
                    continue
                if id(cell) in open_cells or cell.cheap:
                    cell.measure(visitor, limits, rng)
        ready = [
            key
            for key, cell in open_cells.items()
            if cell.precise or cell.exhausted(limits) or cell.refusal is not None
        ]
        for key in ready:
            del open_cells[key]
        advance(len(ready))
