"""Sentences, tables and figure of ``docs/adaptation.md`` from ``docs/results/adaptation.json``.

python studies/adaptation_page.py        # draws docs/adaptation.svg
python studies/claims.py --write         # puts sentences and tables into the page
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adaptation_curves import Factor, Mean, factor, mean_over_seeds, selected

from calobench.report.publication.rounding import pdg_rounded

__all__ = ["answers", "chain_table", "detectors_table", "machine", "showers_table", "steps_table"]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "adaptation.json"
FIGURE = ROOT / "docs" / "adaptation.svg"

Result = Mapping[str, Any]
Point = Mapping[str, Any]

_CLAIMED = 10
_LABELS = {"adapt": "adapted", "scratch": "from nothing"}
_HEADS = "AUC of trees (null 0.5) | FPD | W1 of shapes / null 95 % | AUC with all cells"
_GUESSING = {"auc": 0.5, "fpd": 0.0}


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
    for showers in _numbers(result, "adapt"):
        words = []
        for steps in _steps(result, "adapt", showers):
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
    for showers in _numbers(result, "adapt"):
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


def step_factor(result: Result, showers: int | None, steps: int, score: str) -> Factor | None:
    """How many times the steps of an adaptation training from nothing takes, for the same score."""
    pairs = []
    for point in _shapes(result, kind="adapt", showers=showers, steps=steps):
        curve = [
            (float(one["steps"]), _distance(one, score))
            for one in _shapes(result, kind="scratch", showers=showers, seed=point["seed"])
        ]
        if len(curve) > 1:
            pairs.append(((float(steps), _distance(point, score)), curve))
    return factor(pairs)


def shower_factor(result: Result, showers: int | None, score: str) -> Factor | None:
    """How many times the showers of an adaptation training from nothing takes, each at its best length."""
    pairs = []
    for seed in sorted({one["seed"] for one in result["points"]}):
        adapted = _shapes(result, kind="adapt", showers=showers, seed=seed)
        curve = [
            (_trained_on(one), _distance(one, score))
            for n in _numbers(result, "scratch")
            if (of := _shapes(result, kind="scratch", showers=n, seed=seed))
            for one in [_best(of)]
        ]
        if adapted and len(curve) > 1:
            point = _best(adapted)
            pairs.append(((_trained_on(point), _distance(point, score)), curve))
    return factor(pairs)


def steps_table(result: Result) -> str:
    """Quality against steps, one row per training."""
    lines = [
        f"| trained on | | steps | showers seen | {_HEADS} |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for showers in _numbers(result, "adapt", "scratch"):
        for kind, label in _LABELS.items():
            for steps in _steps(result, kind, showers):
                points = _shapes(result, kind=kind, showers=showers, steps=steps)
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
    for showers in _numbers(result, "adapt", "scratch"):
        for kind, label in _LABELS.items():
            best = list(_best_of_seeds(result, kind, showers))
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
        if points := _shapes(result, kind=kind):
            lines.append(f"| {label} | {points[0]['steps']:,} | {_cells(points)} |")
    return "\n".join(lines)


def chain_table(result: Result) -> str:
    """Showers of both networks, with marginals of their own."""
    lines = [
        "| trained on | both networks | AUC of trees (null 0.5) | FPD | W1 of response, reference deviations "
        "| worth Geant4 showers |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for showers in _numbers(result, "adapt", "scratch"):
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


def _shapes(result: Result, **of: Any) -> list[Point]:
    return selected(result["points"], part="shape", **of)


def _numbers(result: Result, *kinds: str) -> list[int | None]:
    """Numbers of showers, in ascending order, all last."""
    numbers = {one["showers"] for kind in kinds for one in _shapes(result, kind=kind)}
    return sorted(numbers, key=lambda n: n or math.inf)


def _steps(result: Result, kind: str, showers: int | None) -> list[int]:
    return sorted({one["steps"] for one in _shapes(result, kind=kind, showers=showers)})


def _best_of_seeds(result: Result, kind: str, showers: int | None) -> Iterator[Point]:
    points = _shapes(result, kind=kind, showers=showers)
    for seed in sorted({one["seed"] for one in points}):
        yield _best(one for one in points if one["seed"] == seed)


def _best(points: Iterable[Point]) -> Point:
    """By the held-out loss: not by what it is judged with."""
    return min(points, key=lambda one: one["held_out_loss"])


def _trained_on(point: Point) -> float:
    return float(sum(point["training_showers"].values()))


def _distance(point: Point, score: str) -> float:
    return max(0.0, float(point["scores"][score]) - _GUESSING[score])


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
