"""Tables and figure of ``docs/adaptation.md`` from ``docs/results/adaptation.json``.

python studies/adaptation_page.py        # draws docs/adaptation.svg
python studies/claims.py --write         # puts sentences and tables into the page
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from adaptation_curves import Factor, Mean, mean_over_seeds, selected
from adaptation_quality import (
    HELD_OUT,
    Point,
    Result,
    best_of_seeds,
    numbers,
    shapes,
    step_factor,
    steps_of,
)

from calobench.report.publication.rounding import pdg_rounded

__all__ = [
    "LABELS",
    "chain_table",
    "detectors_table",
    "factors_table",
    "limited",
    "showers_table",
    "showers_text",
    "steps_table",
    "text_of",
]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "adaptation.json"
FIGURE = ROOT / "docs" / "adaptation.svg"

_NEARLY_ONE = 0.999
"""An area above is given as that, whatever its digits."""
LABELS = {"adapt": "adapted", "scratch": "from nothing"}
_SCORE_HEADS = "AUC of trees (null 0.5) | FPD | W1 of shapes / null 95 % | AUC with all cells"
_HEADS = f"{_SCORE_HEADS} | held-out loss"
_SCORES = {"auc": "AUC of trees", "fpd": "FPD", "shape": "W1 of shapes", HELD_OUT: "held-out loss"}


def factors_table(result: Result) -> str:
    """How many times the steps of the adaptation training from nothing takes."""
    lines = [f"| adapted with | {' | '.join(_SCORES.values())} |", "|---|" + "--:|" * len(_SCORES)]

    def row(label: str, factors: Sequence[Factor | None]) -> None:
        if any(factors):
            cells = [_factor(one) if one else "" for one in factors]
            lines.append(f"| {label} | {' | '.join(cells)} |")

    for n in numbers(result, "adapt"):
        for steps in steps_of(result, "adapt", n):
            of_steps = [step_factor(result, n, steps, score) for score in _SCORES]
            row(f"{steps:,} steps, {showers_text(n)} showers", of_steps)
    return "\n".join(lines)


def steps_table(result: Result) -> str:
    """Quality against steps, one row per training."""
    lines = [
        f"| trained on | | steps | showers seen | {_HEADS} |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in LABELS.items():
            for steps in steps_of(result, kind, showers):
                points = shapes(result, kind=kind, showers=showers, steps=steps)
                seen = f"{points[0]['showers_seen']:,}"
                lines.append(
                    f"| {showers_text(showers)} | {label} | {steps:,} | {seen} | {_cells(points)} |"
                )
    return "\n".join(lines)


def showers_table(result: Result) -> str:
    """Quality against showers: of each seed the length with the smallest held-out loss."""
    lines = [
        f"| trained on | | steps | {_HEADS} |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in LABELS.items():
            best = list(best_of_seeds(result, kind, showers))
            if best:
                steps = ", ".join(sorted({f"{one['steps']:,}" for one in best}))
                lines.append(f"| {showers_text(showers)} | {label} | {steps} | {_cells(best)} |")
    return "\n".join(lines)


def detectors_table(result: Result) -> str:
    """One detector against four, judged on the one."""
    lines = [
        f"| trained on | steps | {_SCORE_HEADS} |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind, label in {"single": "this detector alone", "pretrain": "four detectors"}.items():
        if points := shapes(result, kind=kind):
            lines.append(f"| {label} | {points[0]['steps']:,} | {_cells(points, held_out=False)} |")
    return "\n".join(lines)


def chain_table(result: Result) -> str:
    """Showers of both networks, with marginals of their own."""
    lines = [
        "| trained on | both networks | AUC of trees (null 0.5) | FPD | W1 of response, reference deviations "
        "| worth Geant4 showers | held-out loss of the marginals |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in LABELS.items():
            points = selected(result["points"], part="chain", kind=kind, showers=showers)
            if points:
                response = mean_over_seeds(
                    [one["scores"]["wasserstein"]["response"][0] for one in points]
                )
                worth = mean_over_seeds([one["scores"]["equivalent"] for one in points])
                cells = [text_of(_mean(points, "auc")), text_of(_mean(points, "fpd"))]
                cells += [text_of(response), text_of(worth)]
                of = {"part": "marginals", "kind": kind, "showers": showers}
                trained = [p for p in result["points"] if of.items() <= p.items()]
                cells.append(_held_out(trained))
                lines.append(f"| {showers_text(showers)} | {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean(points: Sequence[Point], score: str, key: str = "scores") -> Mean | None:
    values = [one[key][score] for one in points if one.get(key)]
    return mean_over_seeds(values) if values else None


def _cells(points: Sequence[Point], *, held_out: bool = True) -> str:
    fpd, shape = (text_of(_mean(points, score)) for score in ("fpd", "shape"))
    cells = [_area(points), fpd, shape, _area(points, "scores_all_cells")]
    if held_out:
        cells.append(_held_out(points))
    return " | ".join(cells)


def _area(points: Sequence[Point], key: str = "scores") -> str:
    mean = _mean(points, "auc", key)
    if mean is not None and mean.value > _NEARLY_ONE:
        return f"above {_NEARLY_ONE}"
    return text_of(mean)


def _held_out(points: Sequence[Point]) -> str:
    return text_of(mean_over_seeds([one[HELD_OUT] for one in points]) if points else None)


def text_of(mean: Mean | None) -> str:
    """A mean with its error, rounded together; empty where there is none."""
    if mean is None:
        return ""
    rounded = pdg_rounded(mean.value, mean.error)
    return rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"


def _factor(one: Factor) -> str:
    return f"{limited(one)} ({_short(one.low)} to {_short(one.high)})"


def limited(one: Factor) -> str:
    """The mean factor, and of what kind of limit it is."""
    words = {">": "more than ", "<": "less than ", "": ""}[one.limit]
    return f"{words}{_short(one.value)}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def showers_text(number: int | None) -> str:
    """A number of showers, or ``all``."""
    return f"{number:,}" if number else "all"


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.parse_args()
    from adaptation_figure import draw

    draw(json.loads(RESULT.read_text(encoding="utf-8")), FIGURE)


if __name__ == "__main__":
    main()
