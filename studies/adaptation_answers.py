"""The answers of ``docs/adaptation.md``, from ``docs/results/adaptation.json``."""

from __future__ import annotations

from collections.abc import Sequence

from adaptation_curves import Factor, mean_over_seeds, probability
from adaptation_page import LABELS, limited, showers_text, text_of
from adaptation_quality import (
    Point,
    Result,
    best_of_seeds,
    numbers,
    shapes,
    step_factor,
    steps_of,
)

__all__ = ["answers", "machine"]

CLAIMED = 10
"""Times fewer steps, and showers, as the slides have it."""
_SIGNIFICANT = 0.05
_DECIDED = (
    f"All seeds reach the claimed {CLAIMED} at",
    "No seed does at",
    "Not decided, because seeds lie on both sides or there is only a limit, at",
)
_NO_FACTOR = " Within these steps no effect of the number of showers is seen, so that no factor can be given."


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
    """One paragraph for each question."""
    parts = [_of_steps(result), _of_showers(result), _of_detectors(result), _in_common(result)]
    return "\n\n".join(part for part in parts if part)


def _of_steps(result: Result) -> str:
    rows: list[str] = []
    decided: dict[str, list[tuple[int, int | None]]] = {words: [] for words in _DECIDED}
    for showers in numbers(result, "adapt"):
        words = []
        for steps in steps_of(result, "adapt", showers):
            if one := step_factor(result, showers, steps, "auc"):
                words.append(f"{limited(one)} at {steps:,}")
                decided[_DECIDED[_decision(one)]].append((steps, showers))
        if words:
            rows.append(f"with {showers_text(showers)} showers {', '.join(words)} steps")
    if not rows:
        return ""
    said = [f"{words} {_places(places)}" for words, places in decided.items() if places]
    return (
        "**Fewer steps.** For the same area under the ROC curve of trees, the steps of training from nothing "
        f"over those of the adaptation are {'; '.join(rows)}. {' '.join(f'{one}.' for one in said)}"
    )


def _decision(one: Factor) -> int:
    if one.low >= CLAIMED and one.limit != "<":
        return 0
    return 1 if one.high < CLAIMED and one.limit != ">" else 2


def _places(places: Sequence[tuple[int, int | None]]) -> str:
    of_steps: dict[int, list[str]] = {}
    for steps, showers in places:
        of_steps.setdefault(steps, []).append(showers_text(showers))
    return ", ".join(
        f"{steps:,} steps (with {' and '.join(showers)} showers)"
        for steps, showers in sorted(of_steps.items())
    )


def _of_showers(result: Result) -> str:
    """Few showers against all for either way, and few of the one against all of the other."""
    ends, parts = {}, []
    for kind, label in LABELS.items():
        several = [list(best_of_seeds(result, kind, n)) for n in numbers(result, kind)]
        full = [points for points in several if len(points) > 1]
        if len(full) < 2:
            return ""
        ends[kind] = full[0], full[-1]
        few, everything = (f"with {showers_text(one[0]['showers'])} showers" for one in ends[kind])
        parts.append(f"{label}, {_compared(*ends[kind], few, everything)}")
    few_adapted, all_from_nothing = ends["adapt"][0], ends["scratch"][1]
    across = _compared(
        few_adapted,
        all_from_nothing,
        f"{LABELS['adapt']} with {showers_text(few_adapted[0]['showers'])} showers",
        f"{LABELS['scratch']} with all showers",
    )
    limits = any(_differ(*pair) for pair in ends.values())
    words = "" if limits else _NO_FACTOR
    return (
        f"**Fewer showers.** With the length of training that suits best: {'; '.join(parts)}. The "
        f"one against the other: {across}.{words}"
    )


def _of_detectors(result: Result) -> str:
    several, single = (shapes(result, kind=kind) for kind in ("pretrain", "single"))
    if not (single and several):
        return ""
    words = _compared(several, single, "with four detectors together", "with this one alone")
    return f"**Several detectors.** For {single[0]['detector']}, at equal steps, {words}."


def _compared(first: Sequence[Point], second: Sequence[Point], one: str, other: str) -> str:
    areas = [[point["scores"]["auc"] for point in points] for points in (first, second)]
    means = [mean_over_seeds(values) for values in areas]
    words = "no difference is seen"
    if _differ(first, second):
        words = f"{one if means[0].value < means[1].value else other} is better"
    return (
        f"an area of {text_of(means[0])} {one} and of {text_of(means[1])} {other}: {words} "
        f"(Welch's test, p = {probability(*areas):.2f}, {len(first)} and {len(second)} seeds)"
    )


def _differ(first: Sequence[Point], second: Sequence[Point]) -> bool:
    areas = [[point["scores"]["auc"] for point in points] for points in (first, second)]
    return probability(*areas) < _SIGNIFICANT


def _in_common(result: Result) -> str:
    means = []
    for kind, label in LABELS.items():
        best = list(best_of_seeds(result, kind, None))
        if best:
            off = [one["scores"]["wasserstein"]["azimuthal_coherence"] for one in best]
            distance = text_of(mean_over_seeds([value for value, _ in off]))
            means.append(f"{distance} ({label}, all showers)")
            null = max(limit for _, limit in off)
    if len(means) < len(LABELS):
        return ""
    return (
        "**One flaw in common.** In ALLEGRO the coherence of layers in azimuth is off by "
        f"{' and '.join(means)} standard deviations of Geant4, where chance reaches {null:.2f}. The "
        "models that ship are calibrated for it after the training, these are not: areas near 0.5 are out of "
        "reach."
    )
