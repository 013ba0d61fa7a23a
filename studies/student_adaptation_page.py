"""Table and answer of ``student_adaptation.py``, from its JSON, for docs/adaptation.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from calobench.report.publication.rounding import pdg_rounded

__all__ = ["answer", "costs", "table"]

Result = Mapping[str, Any]
_DISTANCES = ("azimuthal_coherence", "hottest_cell")


def table(result: Result) -> str:
    """One row per student; means over the seeds of the noise, of the area with the error that one has."""
    lines = [
        "| student distilled | evaluations | showers in trainings on ILD | on one core "
        "| AUC of trees (null 0.5) | FPD | worth Geant4 showers | coherence in azimuth, W1 "
        "| hottest cell, W1 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in result["rows"]:
        mean = _means(row)
        name = row["name"] + ("; calibrated" if row["calibrated"] else "")
        lines.append(
            f"| {name} | {row['nfe']} | {row['showers_seen']:,} | {_duration(row['one_core_s'])} "
            f"| {_area(row)} | {mean['fpd']:.2f} | {_worth(row)} "
            f"| {mean['azimuthal_coherence']:.2f} | {mean['hottest_cell']:.2f} |"
        )
    return "\n".join(lines)


def answer(result: Result) -> str:
    """Which order is better, and what it costs, in words."""
    before, after = (_row(result, name) for name in ("transferred", "ILD_distilled"))
    calibrated = [_row(result, one["weights"], calibrated=True) for one in (before, after)]
    early, tuned = (_row(result, name) for name in ("transferred_300", "tuned_100"))
    halved = _row(result, "halved_20")
    paid, short = (_duration(one["one_core_s"] - before["one_core_s"]) for one in (after, halved))
    order = (
        f"**{_verdict(*calibrated)}** Calibrated, as they are used, and with one evaluation, trees tell "
        f"the student that was distilled before from Geant4 with {_score(calibrated[0])}, the one that was "
        f"distilled after with {_score(calibrated[1])}. Not calibrated they have {_score(before)} and "
        f"{_score(after)}. Both need the adapted denoiser ({_duration(before['one_core_s'])} of one core); "
        f"distillation from it took {paid} more. Before, it is done once for all detectors, and `transfer` "
        "trains nothing."
    )
    minutes = (
        "**With one core and some minutes.** A denoiser that was adapted for "
        f"{_duration(early['one_core_s'])}, and `transfer`: {_score(early)}. Consistency tuning of the "
        f"student itself, which needs no adapted denoiser, for {_duration(tuned['one_core_s'])}: "
        f"{_score(tuned)}. Progressive distillation from the adapted denoiser, for {short}: "
        f"{_score(halved)}. The student as it is, with no training on ILD: "
        f"{_score(_row(result, 'before'))}."
    )
    return f"{order}\n\n{minutes}"


def _verdict(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """By the area, if the difference is two standard errors."""
    means = [_means(one) for one in (before, after)]
    error = math.hypot(*(one["auc_error"] for one in means))
    difference = means[0]["auc"] - means[1]["auc"]
    if abs(difference) < 2 * error:
        return "By the area neither order is seen to be better."
    return f"By the area {'before' if difference < 0 else 'after'} is better."


def costs(result: Result) -> str:
    """What a shower costs in a step of each kind."""
    ms = result["ms_per_shower"]
    return (
        f"A shower costs {ms['train']:.0f} ms in a step of the adaptation, {ms['tune']:.0f} ms in one of "
        f"consistency tuning, {ms['halve']:.0f} ms in one of a halving and {ms['distill']:.0f} ms in one of "
        "consistency distillation: CPU time of one thread, batches of 40, the mean of 4 steps. N = "
        f"{result['n']}, seeds {' and '.join(map(str, result['seeds']))} of the noise."
    )


def _row(result: Result, weights: str, *, nfe: int = 1, calibrated: bool = False) -> dict[str, Any]:
    rows: Iterable[dict[str, Any]] = result["rows"]
    kind = (weights, nfe, calibrated)
    return next(one for one in rows if (one["weights"], one["nfe"], one["calibrated"]) == kind)


def _score(row: Mapping[str, Any]) -> str:
    return f"an area of {_area(row)} (FPD {_means(row)['fpd']:.2f}, worth {_worth(row)} showers)"


def _worth(row: Mapping[str, Any]) -> str:
    """Capped at the number of showers: what is as good as all of them is not resolved."""
    worth = [one["equivalent"] for one in row["scores"]]
    capped = any(one >= row["n"] for one in worth)
    return f"{'at least ' if capped else ''}{np.mean(worth):.0f}"


def _area(row: Mapping[str, Any]) -> str:
    mean = _means(row)
    rounded = pdg_rounded(mean["auc"], mean["auc_error"])
    return f"{rounded.value} ± {rounded.error}"


def _means(row: Mapping[str, Any]) -> dict[str, float]:
    flat = [
        {key: one[key] for key in ("auc", "auc_error", "fpd", "equivalent")}
        | {name: one["wasserstein"][name][0] for name in _DISTANCES}
        for one in row["scores"]
    ]
    return {key: float(np.mean([one[key] for one in flat])) for key in flat[0]}


def _duration(seconds: float) -> str:
    if seconds == 0:
        return "none"
    return f"{seconds / 60:.1f} min" if seconds < 600 else f"{seconds / 60:.0f} min"
