"""The verdict in one sentence: the same for terminal, page, gate and results."""

from __future__ import annotations

from calobench.results.schema import Distribution, Results
from calobench.results.scores import declared_scores, effect_size
from calobench.results.use import Use
from calobench.results.verdict import Effect, Level
from calobench.verdict.closeness import TooClose
from calobench.verdict.decision import Decision
from calobench.verdict.numbers import rounded
from calobench.verdict.phrases import in_unit

__all__ = ["flaw_reason", "headline_reason", "no_verdict_reason", "reach_words", "sentence"]


def sentence(level: Level, reason: str, use: Use, sizes: tuple[int, int]) -> str:
    """The headline.

    Args:
        level: of the verdict.
        reason: for it.
        use: that it is for.
        sizes: showers of the model and of Geant4.
    """
    model, reference = sizes
    return {
        Level.NO_VERDICT: f"No verdict: {reason}.",
        Level.INDISTINGUISHABLE: f"Indistinguishable from Geant4 with {model:,} against {reference:,} "
        f"showers: {reason}.",
        Level.FIT: f"Fit for {use.name}: {reason}.",
        Level.FLAWS: f"Visible flaws for {use.name}: {reason}.",
        Level.UNUSABLE: f"Unusable for {use.name}: {reason}.",
    }[level]


def no_verdict_reason(decision: Decision, close: TooClose | None) -> str:
    """The reason why nothing can be said."""
    if close is not None and close.is_copy:
        return f"a copy of the reference ({close.reason})"
    if close is not None:
        return f"the model has seen the reference ({close.reason})"
    if decision.status is None:
        return "nothing was scored"
    if decision.part("together") is None:
        return (
            "all observables together could not be tested (too few showers, or all of them alike)"
        )
    return "too few permutations to tell whether it differs from Geant4"


def flaw_reason(effect: Effect) -> str:
    """The one reason of a flaw: how much, and the tolerance, or the limit of what is usable."""
    if effect.max is None:
        return effect.words
    if effect.level is Level.UNUSABLE and effect.unusable is not None:
        return f"{effect.words}; unusable beyond {in_unit(effect.unusable, None, effect.unit)}"
    return f"{effect.words}; tolerance {in_unit(effect.max, None, effect.unit)}"


def headline_reason(effect: Effect) -> str:
    """The same for the headline, where a number below its tolerance would seem to meet it."""
    below = effect.max is not None and abs(effect.value) <= effect.max
    unshown = ", which is not shown to be met" if below and effect.level is Level.FLAWS else ""
    return flaw_reason(effect) + unshown


def reach_words(results: Results) -> str:
    """The smallest effect that the samples show with 80 % power."""
    size = effect_size(declared_scores(results))
    seen = sorted(
        score.minimum_detectable
        for observable in results.observables
        if isinstance(observable.data, Distribution)
        for score in observable.scores
        if size and score.name == size.name and score.minimum_detectable is not None
    )
    if not seen:
        return "no test sees a difference"
    half = rounded(seen[len(seen) // 2])
    return f"in half of the observables a shift of {half} standard deviations would be seen with 80 % power"
