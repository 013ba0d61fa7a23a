"""The page ``docs/history_calibration.md``, from the numbers of ``studies/history.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["to_markdown"]


def to_markdown(result: Mapping[str, Any]) -> str:
    """The page."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    n, scores, alpha = result["histories"], result["scores"], result["alpha"]
    yield "# Calibration of change points"
    yield ""
    yield (
        f"{n:,} simulated histories per row, seed {result['seed']}, {result['machine']}. A run has {scores} "
        f"scores, independent here, whose levels add up to {100 * alpha:g} %. Written by "
        "`studies/history_table.py` from `docs/results/history.json`, which `studies/history.py` writes."
    )
    yield ""
    yield "## False alarms at one look"
    yield ""
    yield (
        f"Histories without a change that are called changed: one score at 1 %, and any of the {scores} "
        f"scores at {100 * alpha:g} % for all together."
    )
    yield ""
    yield "| runs | measurements | one score | any score |"
    yield "|--:|---|--:|--:|"
    for row in result["false_alarms"]:
        one, every = row["one score at 1 %"], row["all scores"]
        yield (
            f"| {row['runs']} | {row['kind']} | {one['called']} of {one['of']:,} | {every['called']} of "
            f"{every['of']:,} |"
        )
    night = result["every_night"]
    yield ""
    yield (
        f"Looked at after each of {night['nights']} runs, {night['called']} of {night['of']} histories "
        "without a change are called changed at least once: the level is that of a look, not of a year."
    )
    yield ""
    yield "## Steps that are found"
    yield ""
    yield (
        "One score steps by so many of its errors; it is judged as one of all. In brackets: the first run "
        "after the step is told to two runs."
    )
    yield ""
    yield "| runs | of them after the step | 1 σ | 2 σ | 3 σ |"
    yield "|--:|--:|--:|--:|--:|"
    cells: dict[tuple[int, int], list[str]] = {}
    for row in result["power"]:
        hit, near = (100 * row[name] / row["of"] for name in ("called", "within_2_runs"))
        cells.setdefault((row["runs"], row["after"]), []).append(f"{hit:.1f} % ({near:.1f} %)")
    for (runs, after), fractions in cells.items():
        yield f"| {runs} | {after} | {' | '.join(fractions)} |"
    yield ""
    yield "## One run more on a site of 1,000"
    yield ""
    yield (
        "From reading the store to the finished folder, without the start of the program; synthetic runs of "
        f"seven scores, {result['machine']}, with nothing else to do."
    )
    yield ""
    yield "| models × detectors | all pages, CPU s (wall s) | one run more, CPU s (wall s) |"
    yield "|---|--:|--:|"
    for row in result["site"]:
        times = [
            f"{row[what]['cpu_s']:.2f} ({row[what]['wall_s']:.2f})"
            for what in ("all pages", "one run more")
        ]
        yield f"| {row['models']} × {row['detectors']} | {' | '.join(times)} |"
