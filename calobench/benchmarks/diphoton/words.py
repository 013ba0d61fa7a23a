"""The result of the di-photon benchmark in a sentence, and the difference that it can detect."""

from __future__ import annotations

import math
from typing import Literal

from scipy.special import ndtri

from calobench.benchmarks.diphoton.record import DIPHOTON_PREFIX, MIN_PAIRS, DiphotonResults
from calobench.report import text
from calobench.verdict.marks import MARKED, marked

__all__ = ["detectable", "diphoton_words", "few_pairs", "half_resolved", "would_be_seen"]

_POWER = 0.8
_FACTOR = float(ndtri(1 - MARKED / 2) + ndtri(_POWER))

# What is told of effects that would have been seen.
_TOLD = {
    "half_separation": "in the separation at which half of the pairs is resolved",
    "exactly_two": "in the mean efficiency to find exactly two",
    "response": "in the mean energy of the leading two",
}
_PERCENT = {"exactly_two", "at_least_two", "response", "fragments"}


def few_pairs(record: DiphotonResults) -> bool:
    """Whether there are too few pairs of showers to speak of agreement."""
    return min(record.model.pairs, record.reference.pairs) < MIN_PAIRS


def detectable(record: DiphotonResults, name: str) -> float | None:
    """The difference that is detected with 80 % power at 5 %, two-sided; None where errors are unknown.

    Args:
        record: the results.
        name: of a metric, without its prefix.
    """
    for metric in record.metrics.metrics:
        if metric.name == DIPHOTON_PREFIX + name and metric.form == "estimate":
            error = math.hypot(metric.error, metric.reference_error)
            return _FACTOR * error if error > 0 else None
    return None


def would_be_seen(record: DiphotonResults, name: str) -> str:
    """:func:`detectable` with its unit; '' where it is unknown."""
    effect = detectable(record, name)
    if effect is None:
        return ""
    if name in _PERCENT:
        return f"{text.number(100 * effect, 2)} %"
    return text.number(effect, 2) + (" mm" if name == "half_separation" else "")


def half_resolved(record: DiphotonResults, side: Literal["reference", "model"]) -> str:
    """Separation at which half of the pairs is reconstructed as exactly two, or why none is known."""
    half = record.turnon.reference_mm if side == "reference" else record.turnon.model_mm
    if half is not None:
        return text.measured(half.value, half.error, "mm")
    efficiencies = [
        point.value
        for curve in record.curves
        if curve.name == "exactly_two"
        for point in (curve.reference if side == "reference" else curve.model)
        if point.value is not None
    ]
    low, high = record.settings.edges_mm[0], record.settings.edges_mm[-1]
    if efficiencies and min(efficiencies) > 0.5:
        return f"below {low:g} mm" if low > 0 else "everywhere"
    if efficiencies and max(efficiencies) < 0.5:
        return f"never up to {high:g} mm"
    return "not known"


def diphoton_words(record: DiphotonResults) -> tuple[Literal["good", "bad", "note"], str]:
    """Kind of the statement, and the statement. Without enough pairs nothing is said to agree."""
    scores = [curve.score for curve in record.curves if curve.score is not None]
    differ = sum(marked(score.p_value) for score in scores)
    sizes = (
        f"{text.grouped(record.model.pairs)} pairs of model showers and "
        f"{text.grouped(record.reference.pairs)} of Geant4"
    )
    words = "Two photons close together: "
    kind: Literal["good", "bad", "note"]
    if differ:
        kind = "bad"
        verb = "differs" if differ == 1 else "differ"
        words += (
            f"{differ} of {text.counted(len(scores), 'curve')} {verb} (p at most 0.05; chance alone makes "
            f"about {text.number(MARKED * len(scores), 2)} differ), {sizes}"
        )
    elif few_pairs(record):
        kind = "note"
        words += f"{sizes} are too few to tell whether the model is like Geant4"
    else:
        kind = "good"
        words += f"no difference is visible in {text.counted(len(scores), 'curve')}, {sizes}"
    return kind, f"{words}.{_half(record)}{_reach(record)}"


def _half(record: DiphotonResults) -> str:
    model, reference = record.turnon.model_mm, record.turnon.reference_mm
    if model is None or reference is None:
        return ""
    return (
        f" Half of the pairs are resolved at {text.measured(model.value, model.error, 'mm')}, "
        f"with Geant4 at {text.measured(reference.value, reference.error, 'mm')}."
    )


def _reach(record: DiphotonResults) -> str:
    parts = [
        f"{seen} {where}" for name, where in _TOLD.items() if (seen := would_be_seen(record, name))
    ]
    if not parts:
        return ""
    return f" A difference of {', or of '.join(parts)}, would be seen with 80 % power."
