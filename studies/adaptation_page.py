"""Sentences, tables and figure of ``docs/adaptation.md`` from ``docs/results/adaptation.json``.

python studies/adaptation_page.py        # draws docs/adaptation.svg
python studies/claims.py --write         # puts sentences and tables into the page
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

from adaptation_curves import Factor, Mean, mean_over_seeds, selected
from adaptation_quality import (
    Point,
    Result,
    best_of_seeds,
    numbers,
    shapes,
    shower_factor,
    step_factor,
    steps_of,
)

from calobench.report.publication.rounding import pdg_rounded

__all__ = [
    "answers",
    "chain_table",
    "detectors_table",
    "factors_table",
    "machine",
    "showers_table",
    "steps_table",
]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "adaptation.json"
FIGURE = ROOT / "docs" / "adaptation.svg"

_CLAIMED = 10
_LABELS = {"adapt": "adapted", "scratch": "from nothing"}
_HEADS = "AUC of trees (null 0.5) | FPD | W1 of shapes / null 95 % | AUC with all cells"
_SCORES = {"auc": "AUC of trees", "fpd": "FPD", "shape": "W1 of shapes"}


def machine(result: Result) -> str:
    """What it was measured with."""
    trained = [one for one in result["points"] if one["part"] == "shape"]
    devices = sorted({one["device"] for one in trained})
    versions = sorted({one["torch"] for one in trained})
    seeds = sorted({one["seed"] for one in trained})
    minutes = sum(one["training_s"] for one in trained) / 60
    done = f"{len(result['points'])} of {result['jobs']} jobs of the plan"
    return (
        f"Measured on {', '.join(devices)} with torch {', '.join(versions)}: {done}, seeds "
        f"{', '.join(map(str, seeds))}. Trainings of the shape took {minutes:.0f} minutes, added up; several "
        "ran side by side on one card, so that times are no measure of speed."
    )


def answers(result: Result) -> str:
    """One paragraph for each claim."""
    parts = [_of_steps(result), _of_showers(result), _of_detectors(result)]
    return "\n\n".join(part for part in parts if part)


def _of_steps(result: Result) -> str:
    rows, every = [], []
    for showers in numbers(result, "adapt"):
        words = []
        for steps in steps_of(result, "adapt", showers):
            if one := step_factor(result, showers, steps, "auc"):
                words.append(f"{_factor(one)} at {steps:,} steps")
                every.append(one)
        if words:
            rows.append(f"with {_showers(showers)} showers {', '.join(words)}")
    if not rows:
        return ""
    return (
        "**Fewer steps.** To reach the same area under the ROC curve of trees, training from nothing takes "
        f"so many times the steps of the adaptation: {'; '.join(rows)}. {_against_claim(every)}"
    )


def _of_showers(result: Result) -> str:
    words, every = [], []
    for showers in numbers(result, "adapt"):
        one = shower_factor(result, showers, "auc")
        if showers is not None and one:
            words.append(f"{_factor(one)} at {showers:,}")
            every.append(one)
    if not words:
        return ""
    return (
        "**Fewer showers.** To reach the same area, training from nothing takes so many times the showers of "
        f"the adaptation: {', '.join(words)}. {_against_claim(every)}"
    )


def _of_detectors(result: Result) -> str:
    single, several = (
        _mean(selected(result["points"], kind=kind), "auc") for kind in ("single", "pretrain")
    )
    if single is None or several is None:
        return ""
    difference = several.value - single.value
    error = math.hypot(single.error, several.error)
    if not abs(difference) > 2 * error:
        words = "no difference is seen (two standard errors)"
    else:
        words = "four detectors cost quality" if difference > 0 else "four detectors are better"
    return (
        f"**Several detectors.** At equal steps, the area for {_of_detector(result)} is {_text(several)} "
        f"after training on four detectors together and {_text(single)} after training on it alone: {words}."
    )


def _of_detector(result: Result) -> str:
    return str(next(one["detector"] for one in result["points"] if one["kind"] == "pretrain"))


def _against_claim(factors: Sequence[Factor]) -> str:
    """How often about ten is reached, within the range of the seeds."""
    below = sum(one.high < _CLAIMED and one.limit != ">" for one in factors)
    above = sum(one.low >= _CLAIMED and one.limit != "<" for one in factors)
    return (
        f"Claimed is about {_CLAIMED}: of {len(factors)} comparisons all seeds are at or above it in "
        f"{above}, all below in {below}; in the others they lie on both sides, or there is only a limit."
    )


def factors_table(result: Result) -> str:
    """How many times the steps, and the showers, of the adaptation training from nothing takes."""
    lines = [f"| adapted with | {' | '.join(_SCORES.values())} |", "|---|" + "--:|" * len(_SCORES)]

    def row(label: str, factors: Sequence[Factor | None]) -> None:
        if any(factors):
            cells = [_factor(one) if one else "" for one in factors]
            lines.append(f"| {label} | {' | '.join(cells)} |")

    for n in numbers(result, "adapt"):
        for steps in steps_of(result, "adapt", n):
            of_steps = [step_factor(result, n, steps, score) for score in _SCORES]
            row(f"{steps:,} steps, {_showers(n)} showers: steps", of_steps)
    for n in numbers(result, "adapt"):
        if n is not None:
            of_showers = [shower_factor(result, n, score) for score in _SCORES]
            row(f"{n:,} showers: showers", of_showers)
    return "\n".join(lines)


def steps_table(result: Result) -> str:
    """Quality against steps, one row per training."""
    lines = [
        f"| trained on | | steps | showers seen | {_HEADS} |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in _LABELS.items():
            for steps in steps_of(result, kind, showers):
                points = shapes(result, kind=kind, showers=showers, steps=steps)
                seen = f"{points[0]['showers_seen']:,}"
                lines.append(
                    f"| {_showers(showers)} | {label} | {steps:,} | {seen} | {_cells(points)} |"
                )
    return "\n".join(lines)


def showers_table(result: Result) -> str:
    """Quality against showers: of each seed the length with the smallest held-out loss."""
    lines = [
        f"| trained on | | steps | {_HEADS} |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in _LABELS.items():
            best = list(best_of_seeds(result, kind, showers))
            if best:
                steps = ", ".join(sorted({f"{one['steps']:,}" for one in best}))
                lines.append(f"| {_showers(showers)} | {label} | {steps} | {_cells(best)} |")
    return "\n".join(lines)


def detectors_table(result: Result) -> str:
    """One detector against four, judged on the one."""
    lines = [
        f"| trained on | steps | {_HEADS} |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind, label in {"single": "this detector alone", "pretrain": "four detectors"}.items():
        if points := shapes(result, kind=kind):
            lines.append(f"| {label} | {points[0]['steps']:,} | {_cells(points)} |")
    return "\n".join(lines)


def chain_table(result: Result) -> str:
    """Showers of both networks, with marginals of their own."""
    lines = [
        "| trained on | both networks | AUC of trees (null 0.5) | FPD | W1 of response, reference deviations "
        "| worth Geant4 showers |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for showers in numbers(result, "adapt", "scratch"):
        for kind, label in _LABELS.items():
            points = selected(result["points"], part="chain", kind=kind, showers=showers)
            if points:
                response = mean_over_seeds(
                    [one["scores"]["wasserstein"]["response"][0] for one in points]
                )
                worth = mean_over_seeds([one["scores"]["equivalent"] for one in points])
                cells = [_text(_mean(points, "auc")), _text(_mean(points, "fpd"))]
                cells += [_text(response), _text(worth)]
                lines.append(f"| {_showers(showers)} | {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean(points: Sequence[Point], score: str, key: str = "scores") -> Mean | None:
    values = [one[key][score] for one in points if one.get(key)]
    return mean_over_seeds(values) if values else None


def _cells(points: Sequence[Point]) -> str:
    means = [_mean(points, score) for score in ("auc", "fpd", "shape")]
    return " | ".join(_text(one) for one in (*means, _mean(points, "auc", "scores_all_cells")))


def _text(mean: Mean | None) -> str:
    if mean is None:
        return ""
    rounded = pdg_rounded(mean.value, mean.error)
    return rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"


def _factor(one: Factor) -> str:
    words = {">": "more than ", "<": "less than ", "": ""}[one.limit]
    return f"{words}{one.value:.2g} times ({one.low:.2g} to {one.high:.2g})"


def _showers(number: int | None) -> str:
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
