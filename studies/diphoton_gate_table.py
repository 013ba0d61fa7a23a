"""The table of the calibration in ``docs/diphoton.md``, from ``docs/results/diphoton_gate.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["table"]


def table(result: Mapping[str, Any]) -> str:
    """False alarms and detected defects, one row per detector and number of pairs."""
    lines: list[str] = []
    for detector, one in result.items():
        for row in one["rows"]:
            if not lines:
                heads = ["", "pairs each", *(f"false alarms, {name}" for name in row["alarms"])]
                heads += [f"detected: {name}" for name in row["detected"]]
                heads.append("spread of differences / error")
                lines = [f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 1)}"]
            cells = [detector, str(row["pairs"])]
            cells += [f"{count} of {one['trials']}" for count in row["alarms"].values()]
            cells += [f"{count} of {one['defect_trials']}" for count in row["detected"].values()]
            spread = row["spread"]
            low, high = (pick(spread, key=lambda name: spread[name]) for pick in (min, max))
            cells.append(f"{spread[low]:.2f} (`{low}`) – {spread[high]:.2f} (`{high}`)")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
