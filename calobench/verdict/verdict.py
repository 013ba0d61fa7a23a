"""From results to a verdict: level, reason and lights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calobench.results.schema import Results
from calobench.results.use import Use
from calobench.results.verdict import Effect, Level, Light, Topic, Verdict
from calobench.verdict.closeness import TooClose, too_close
from calobench.verdict.decision import Decision, decide
from calobench.verdict.effects import effects_of
from calobench.verdict.measure import Ruler
from calobench.verdict.parts import part_level
from calobench.verdict.phrases import unseen_words
from calobench.verdict.uses import default_use
from calobench.verdict.words import (
    flaw_reason,
    headline_reason,
    no_verdict_reason,
    reach_words,
    sentence,
)

__all__ = ["verdict_of", "with_verdict"]


_UNMEASURED = "not measured (needs 50 showers of either sample)"


def with_verdict(results: Results, use: Use | None = None) -> Results:
    """The results with their verdict in them.

    Args:
        results: of a run.
        use: what the model is for; None: the use of the verdict that they hold, or the default.
    """
    return results.model_copy(update={"verdict": verdict_of(results, use)})


def verdict_of(results: Results, use: Use | None = None) -> Verdict:
    """Verdict on a model.

    - *no verdict*: too few showers, or the model has seen the reference;
    - *indistinguishable*: no test objects, at a false-alarm rate of alpha for all of them together;
    - *fit for use*: they differ, and every tolerance of the use is shown to be met;
    - *visible flaws*: they differ, and a tolerance is exceeded or not shown to be met;
    - *unusable*: an effect is shown to be beyond what the use calls unusable.

    Args:
        results: of a run.
        use: what the model is for; None: the use of the verdict that they hold, or the default.
    """
    use = use or (results.verdict.use if results.verdict is not None else default_use())
    decision = decide(results)
    close = too_close(results, part_level(decision.alpha))
    ruler = Ruler(results)
    effects = effects_of(ruler, decision, use)
    not_shown = tuple(_not_shown(ruler, effects, use))
    level = _level(decision, close, effects, not_shown)
    reach = reach_words(results)
    reason = _reason(level, decision, close, effects, not_shown, use) or reach
    sizes = results.run.n, results.reference.n
    return Verdict(
        level=level,
        sentence=sentence(level, reason, use, sizes),
        reason=reason,
        reach=reach,
        too_close="" if close is None else close.reason,
        not_shown=not_shown,
        alpha=decision.alpha,
        p_value=decision.p_value,
        n_model=sizes[0],
        n_reference=sizes[1],
        use=use,
        lights=tuple(_light(topic, effects, level, decision.alpha) for topic in Topic),
    )


def _level(
    decision: Decision,
    close: TooClose | None,
    effects: Sequence[Effect],
    not_shown: Sequence[str],
) -> Level:
    if not decision.objects:
        without = decision.status is None or decision.part("together") is None
        if close is not None or without or not decision.decided:
            return Level.NO_VERDICT
        return Level.INDISTINGUISHABLE
    worst = max((effect.level for effect in effects), key=lambda one: one.severity, default=None)
    if worst is Level.UNUSABLE:
        return Level.UNUSABLE
    return Level.FLAWS if worst is Level.FLAWS or not_shown else Level.FIT


def _not_shown(ruler: Ruler, effects: Sequence[Effect], use: Use) -> Iterator[str]:
    """Tolerances that are not shown to be met: the interval reaches beyond them, or nothing was measured."""
    missed = [effect for effect in effects if effect.within is False]
    for effect in sorted(missed, key=lambda one: -abs(one.value) / (one.max or 1.0)):
        yield flaw_reason(effect)
    measured = {effect.name for effect in effects}
    for one in use.tolerance:
        name = f"{one.observable}.{one.quantity}"
        if one.observable != "*" and name not in measured:
            with_ = one.observable.partition(".")[0]
            how = f"; run --with {with_}" if "." in one.observable else ""
            yield f"{ruler.labels.get(one.observable, one.observable)} was not measured{how}"


def _reason(
    level: Level,
    decision: Decision,
    close: TooClose | None,
    effects: Sequence[Effect],
    not_shown: Sequence[str],
    use: Use,
) -> str:
    if level is Level.NO_VERDICT:
        return no_verdict_reason(decision, close)
    if level is Level.INDISTINGUISHABLE:
        return ""
    seen = f"{close.reason}; " if close is not None else ""
    worst = effects[0] if effects else None
    if level is Level.FIT:
        differ = next((effect for effect in effects if effect.level is Level.FIT), None)
        though = "" if differ is None else f", though {differ.words}"
        return f"{seen}all {len(use.tolerance)} tolerances are met{though}"
    if worst is not None and worst.level is level:
        return seen + headline_reason(worst)
    return f"{seen}it differs, and is not shown to be fit: {not_shown[0]}"


def _light(topic: Topic, effects: Sequence[Effect], level: Level, alpha: float) -> Light:
    own = tuple(effect for effect in effects if effect.topic is topic)
    if not own:
        return Light(topic=topic, level=Level.NO_VERDICT, words=_UNMEASURED, effects=())
    if level is Level.NO_VERDICT:
        return Light(topic=topic, level=level, words=f"no verdict; {own[0].words}", effects=own)
    worst = own[0]
    unseen = worst.level is Level.INDISTINGUISHABLE
    words = unseen_words(own, alpha) if unseen else worst.words
    return Light(topic=topic, level=worst.level, words=words, effects=own)
