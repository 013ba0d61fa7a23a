"""Means of several samples beside each other, with their differences in standard errors, as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from calobench.report.publication.rounding import pdg_rounded

__all__ = ["apart", "mean_table", "part"]

Mean = tuple[float, float]


def part(
    columns: Mapping[str, int], rows: Mapping[str, Sequence[Mean]], pairs: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """The numbers of one table as they are kept in a result file.

    Args:
        columns: names of the samples, and how many events each has.
        rows: names of the quantities; for each sample its mean and standard error.
        pairs: numbers of the columns whose differences are shown, first - second.
    """
    return {
        "columns": [{"name": name, "n": n} for name, n in columns.items()],
        "pairs": [list(pair) for pair in pairs],
        "rows": [
            {"name": name, "means": [{"value": v, "error": e} for v, e in means]}
            for name, means in rows.items()
        ],
    }


def apart(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """The difference of two means in its standard error."""
    return (first["value"] - second["value"]) / math.hypot(first["error"], second["error"])


def mean_table(part: Mapping[str, Any]) -> str:
    """Markdown: a row per quantity, a column per sample, and one per difference."""
    columns = part["columns"]
    heads = [f"{one['name']}, N = {one['n']:,}" for one in columns]
    heads += [
        f"{columns[first]['name']} - {columns[second]['name']}, sigma"
        for first, second in part["pairs"]
    ]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for row in part["rows"]:
        means = row["means"]
        cells = []
        for one in means:
            rounded = pdg_rounded(one["value"], one["error"])
            cells.append(f"{rounded.value} ± {rounded.error}")
        cells += [f"{apart(means[first], means[second]):+.1f}" for first, second in part["pairs"]]
        lines.append(f"| {row['name']} | {' | '.join(cells)} |")
    return "\n".join(lines)
