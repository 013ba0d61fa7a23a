"""The rows of the table: separation powers with error, null and what lies outside the histograms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from calobench._util.parallel import in_order
from calobench.benchmarks.calochallenge.histograms import Quantity
from calobench.benchmarks.calochallenge.record import HistogramScore, NullScore, SeparationRow
from calobench.benchmarks.calochallenge.resampling import (
    BlockPlan,
    Draws,
    Resampled,
    SampleBlocks,
    resample,
)
from calobench.benchmarks.calochallenge.sample import Counts
from calobench.benchmarks.calochallenge.separation import in_range, separation, statistical_floor

__all__ = ["cell_row", "quantity_rows"]

Array = NDArray[np.float64]


def quantity_rows(
    quantities: tuple[Quantity, ...],
    reference: Array,
    generated: Array,
    plan: BlockPlan,
    draws: Draws,
    done: Callable[[], None] = lambda: None,
) -> Iterator[SeparationRow]:
    """One row per quantity, several at a time.

    Args:
        quantities: what to compare.
        reference: feature table, (N, columns).
        generated: feature table, (M, columns).
        plan: blocks of both.
        draws: of these blocks; the same for each row, so that adding one changes none.
        done: called after each row.
    """

    def row(quantity: Quantity) -> SeparationRow:
        blocks = (
            SampleBlocks.from_codes(quantity.codes(reference), plan.reference, quantity.bins),
            SampleBlocks.from_codes(quantity.codes(generated), plan.generated, quantity.bins),
        )
        named = (quantity.name, quantity.label, quantity.members, quantity.edges)
        return _row(*named, blocks, draws)

    for one in in_order(row, quantities):
        yield one
        done()


def cell_row(
    reference: Counts,
    generated: Counts,
    edges: Array,
    plan: BlockPlan,
    draws: Draws,
) -> SeparationRow:
    """The row of the cell energies.

    Cells of a shower are not independent, so that there is no formula for the floor: the null comes
    from exchanging whole showers.

    Args:
        reference: cell spectrum of each shower, (N, K+2).
        generated: the same, (M, K+2).
        edges: of its bins, MeV, (K+1,).
        plan: blocks of both.
        draws: of these blocks.
    """
    blocks = (
        SampleBlocks.from_counts(reference, plan.reference),
        SampleBlocks.from_counts(generated, plan.generated),
    )
    named = ("cell", "energy of a cell", (None,), (edges,))
    return _row(*named, blocks, draws, independent=False)


def _row(
    name: str,
    label: str,
    members: tuple[int | None, ...],
    edges: tuple[Array | None, ...],
    blocks: tuple[SampleBlocks, SampleBlocks],
    draws: Draws,
    *,
    independent: bool = True,
) -> SeparationRow:
    reference, generated = (sample.total for sample in blocks)
    published = separation(in_range(reference), in_range(generated))
    complete = separation(reference, generated)
    scores = tuple(
        _histogram(*one, independent=independent)
        for one in zip(members, edges, reference, generated, published, complete, strict=True)
    )
    floors = [score.floor for score in scores if score.floor is not None]
    resampled = resample(*blocks, draws)
    return SeparationRow(
        name=name,
        label=label,
        as_published=_record(resampled.as_published),
        complete=_record(resampled.complete),
        floor=float(np.mean(floors)) if floors else None,
        outside_reference=_outside(reference),
        outside_generated=_outside(generated),
        histograms=scores,
    )


def _histogram(
    member: int | None,
    edges: Array | None,
    reference: Array,
    generated: Array,
    published: float,
    complete: float,
    *,
    independent: bool,
) -> HistogramScore:
    inside = in_range(reference), in_range(generated)
    floor = statistical_floor(*inside) if independent else None
    return HistogramScore(
        member=member,
        n_reference=int(inside[0].sum()),
        n_generated=int(inside[1].sum()),
        as_published=_finite(published),
        complete=_finite(complete),
        bins=int(np.count_nonzero(inside[0] + inside[1])),
        floor=floor.expected if floor else None,
        p_value=floor.p_value if floor else None,
        edges=() if edges is None else tuple(edges.tolist()),
        reference=() if edges is None else _entries(reference, edges),
        generated=() if edges is None else _entries(generated, edges),
    )


def _entries(counts: Array, edges: Array) -> tuple[int, ...]:
    return tuple(counts[: len(edges) + 1].astype(int).tolist())


def _record(resampled: Resampled | None) -> NullScore | None:
    return None if resampled is None else NullScore(**resampled._asdict())


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _outside(counts: Array) -> float:
    """Fraction of the entries that no bin holds."""
    entries = counts.sum()
    return float(1 - in_range(counts).sum() / entries) if entries else 0.0
