"""The verdict in one sentence: the same for terminal, page and gate."""

from __future__ import annotations

import math

from calobench.verdict.decision import Decision, Part
from calobench.verdict.observables import Status

__all__ = ["headline"]

# Scores that are named as a reason.
_NAMED = 2


def headline(decision: Decision) -> str:
    """What follows from all that was measured."""
    if decision.status is None:
        return "Nothing was scored."
    if decision.status is Status.COMPATIBLE and decision.copies:
        copies = f"{decision.copies} of its showers are showers of the reference, cell by cell"
        return f"Nothing can be said: {copies}."
    if decision.status is Status.COMPATIBLE:
        if decision.decided:
            return "No difference from Geant4 is seen at this sample size."
        return "Too few permutations to tell whether it differs from Geant4."
    differ, n = len(decision.with_status(Status.DIFFERS)), len(decision.judged)
    reasons = [
        _reason(part) for part in decision.parts if part.objects and part.name != "observables"
    ]
    if differ:
        also = f"; {' and '.join(reasons)}" if reasons else ""
        return f"Measurably different from Geant4 in {differ} of {n} observables{also}."
    return (
        "Measurably different from Geant4, although no single observable shows it: "
        f"{' and '.join(reasons)}."
    )


def _reason(part: Part) -> str:
    if part.ratios:
        ratio = part.ratios[0]
        return f"its {ratio.quantity} is {math.exp(ratio.log_ratio):.3f} of that of Geant4"
    (first, *_) = part.scores
    if part.name == "trees":
        return f"boosted trees tell the two apart (AUC {first.value:.3f})"
    if part.name == "cells":
        return f"a network on the cells tells the two apart (AUC {first.value:.3f})"
    significant = [score for score in part.scores if score.p_value <= first.p_value]
    if any(score.name == "repeats" for score in significant):
        repeats = next(score for score in significant if score.name == "repeats")
        return f"{100 * repeats.value:.0f} % of its showers are repeated"
    named = ", ".join(f"{score.label} {score.value:.3g}" for score in significant[:_NAMED])
    return f"all observables together differ ({named})"
