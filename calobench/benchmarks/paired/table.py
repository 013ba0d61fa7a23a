"""A paired comparison in words, for a page."""

from __future__ import annotations

from calobench.benchmarks.paired.record import PairedComparison, PairedDifference
from calobench.report import text
from calobench.report.comparison.differences import DifferenceRow, DifferenceTable
from calobench.verdict.marks import marked

__all__ = ["paired_table"]

_MAX_ROWS = 16


def paired_table(comparison: PairedComparison) -> DifferenceTable:
    """The scores of both models, the surest differences first.

    Of observables the q-value says what differs: among those of which that is said, one in twenty is false
    at most.
    """
    observables = [one for one in comparison.observables if one.score == comparison.judging.name]
    observables.sort(key=lambda one: (one.p_value, -abs(one.difference)))
    rows = [_row(comparison, one) for one in (*comparison.together, *observables)]
    nearer = {
        name: sum(row.nearer == name for row in rows)
        for name in (comparison.first, comparison.second)
    }
    parts = [f"{name} is nearer to Geant4 in {count}" for name, count in nearer.items() if count]
    words = (
        f"{comparison.n} showers of each on the same conditions and seeds: of {len(rows)} scores, "
    )
    words += " and ".join(parts) if parts else "none tells the two apart"
    return DifferenceTable(
        comparison.first, comparison.second, f"{words}.", tuple(rows[:_MAX_ROWS])
    )


def _row(comparison: PairedComparison, one: PairedDifference) -> DifferenceRow:
    q_value = one.p_value if one.q_value is None else one.q_value
    nearer = comparison.first if one.difference < 0 else comparison.second
    return DifferenceRow(
        f"{one.label}, {comparison.judging.heading}" if one.observable else one.label,
        text.number(one.first),
        f"{text.number(one.second)} (difference {text.measured(one.difference, one.error)})",
        text.p_value(one.p_value, comparison.replicas + 1),
        nearer if marked(q_value) and one.difference else "",
    )
