"""All differences that a verdict looks at, each with its level for the use.

Whether there is a difference at all is what the tests of :mod:`calobench.verdict.decision` say; here is how
large it is, with what certainty, and what the use makes of it. To be fit is to be *shown* below the
tolerance: the upper end of a one-sided 95 % confidence interval is. All tolerances must be met, so that each
may be tested at 5 % and the whole has 5 % at most (intersection-union test: Berger, *Technometrics* 24 (1982)
295; two one-sided tests: Schuirmann, *J. Pharmacokinet. Biopharm.* 15 (1987) 657).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scipy.special import ndtr, ndtri

from calobench.results.significance import ALPHA
from calobench.results.use import ANY, Tolerance, Use
from calobench.results.verdict import Effect, Level, Topic
from calobench.verdict.decision import Decision
from calobench.verdict.energy import worst_bin
from calobench.verdict.measure import Measurement, Ruler
from calobench.verdict.names import Name, name_of
from calobench.verdict.numbers import rounded
from calobench.verdict.observables import Status
from calobench.verdict.parts import PARTS
from calobench.verdict.phrases import effect_words

__all__ = ["CONFIDENCE", "effects_of"]

CONFIDENCE = 0.95
"""Of the one-sided bounds that are compared with a tolerance."""

_PICTURED = {"mean": 0, "width": 0, "mean_at": 1, "width_at": 1, "shape": 2, "score": 3}

_Z = float(ndtri(CONFIDENCE))


class _Raw(NamedTuple):
    """A measured quantity before it has a level."""

    observable: str
    quantity: str
    name: Name
    topic: Topic
    unit: str
    measured: Measurement
    tolerance: Tolerance | None
    differs: bool | None
    """Whether a test of its own objects; None where there is none but the error."""
    p_value: float | None = None
    """Of that test, corrected so that it is held against alpha; None where none is said."""

    @property
    def size(self) -> float:
        """Distance from agreement that is compared with a tolerance, never negative."""
        return (
            max(self.measured.value, 0.0) if self.quantity == "score" else abs(self.measured.value)
        )


def effects_of(ruler: Ruler, decision: Decision, use: Use) -> tuple[Effect, ...]:
    """All of them, the worst first.

    Args:
        ruler: measures the results.
        decision: whether there is a difference, by all tests.
        use: what the model is for.
    """
    raw = list({(one.observable, one.quantity): one for one in _all(ruler, decision, use)}.values())
    by_error = sum(one.differs is None for one in raw)
    made = [(_effect(_tested(one, decision.alpha, by_error), decision), one) for one in raw]
    made.sort(key=lambda pair: _rank(*pair))
    return tuple(effect for effect, _ in made)


def _rank(effect: Effect, raw: _Raw) -> tuple[float, ...]:
    """Order of naming: the worst; of those what a physicist can picture; the farthest in tolerances."""
    worst = effect.level.severity
    differs = worst > Level.INDISTINGUISHABLE.severity
    tolerances = raw.size / effect.max if differs and effect.max is not None else 0.0
    return -worst, _PICTURED[raw.quantity], -tolerances, -(effect.sigmas or 0.0)


def _all(ruler: Ruler, decision: Decision, use: Use) -> Iterator[_Raw]:
    tolerances = {one.key: one for one in use.tolerance}
    for observable in (name for name, one in ruler.observables.items() if one.verdict):
        for quantity in ("mean", "width"):
            if (observable, quantity) not in tolerances:
                yield from _plain(ruler, observable, quantity)
    yield from _worst_energies(ruler, tolerances)
    differ = {one.observable.name for one in decision.with_status(Status.DIFFERS)}
    catch_all = tolerances.get((ANY, "shape"))
    for name in ruler.observables:
        tolerance = tolerances.get((name, "shape"), catch_all)
        if tolerance is not None or name in differ:
            yield from _raw(ruler, name, "shape", "sigma", tolerance, differs=name in differ)
    for part in decision.parts:
        for score in part.scores:
            named = tolerances.get((score.name, "score"))
            family = score.p_value if score.family_p_value is None else score.family_p_value
            differs = part.objects and family <= part.level
            yield from _raw(ruler, score.name, "score", "", named, differs=differs)
    for tolerance in use.tolerance:
        if tolerance.quantity in ("score", "shape"):
            continue
        for one in _raw(
            ruler, tolerance.observable, tolerance.quantity, tolerance.unit, tolerance, differs=None
        ):
            yield _by_ratio_test(one, decision)


def _by_ratio_test(raw: _Raw, decision: Decision) -> _Raw:
    """With what the test of mean response and resolution says of it; as it is, if it is neither."""
    part = decision.part("energy")
    if part is None or raw.observable != "response" or raw.unit != "%":
        return raw
    quantity = "response" if raw.quantity == "mean" else "resolution"
    p_value = part.ratio_p_value(quantity)
    return raw._replace(
        differs=part.ratio_objects(quantity),
        p_value=None if p_value is None else min(1.0, PARTS * p_value),
    )


def _tested(raw: _Raw, alpha: float, comparisons: int) -> _Raw:
    """With what its error says of it, where it has no test of its own.

    Args:
        raw: the quantity.
        alpha: false-alarm rate of the verdict.
        comparisons: how many quantities have no test but their errors (Bonferroni).
    """
    sigmas = raw.measured.sigmas
    if raw.differs is not None:
        return raw
    if sigmas is None:
        return raw._replace(differs=False)
    p_value = min(1.0, comparisons * float(2 * ndtr(-sigmas)))
    return raw._replace(differs=p_value <= alpha, p_value=p_value)


def _worst_energies(
    ruler: Ruler, tolerances: Mapping[tuple[str, str], Tolerance]
) -> Iterator[_Raw]:
    """The worst energy of mean response and resolution, which their averages can hide."""
    for quantity, of in (("mean", "response"), ("width", "resolution")):
        worst = worst_bin(ruler.energy_dependence, of)
        if worst is None:
            continue
        deviation = Measurement(100 * (worst.ratio - 1), 100 * worst.error)
        name = name_of(ruler.observables.get("response"), quantity, "response")
        name = name._replace(words=f"{name.words} at {rounded(worst.energy_mev / 1e3)} GeV")
        given = tolerances.get(("response", quantity))
        # The worst of several, with larger errors: it can be a flaw where it is shown to be one, and is
        # neither what fitness fails on nor what makes a model unusable.
        limit = -float(ndtri((1 - CONFIDENCE) / worst.bins)) * worst.error * 100
        differs = worst.p_value <= ALPHA
        exceeds = differs and given is not None and abs(deviation.value) - limit > given.max
        given = given.model_copy(update={"unusable": None}) if given and exceeds else None
        yield _Raw(
            "response", f"{quantity}_at", name, Topic.ENERGY, "%", deviation,
            given, differs, worst.p_value,
        )  # fmt: skip


def _plain(ruler: Ruler, observable: str, quantity: str) -> Iterator[_Raw]:
    """A main quantity that the use does not ask for."""
    units = ("%",) if quantity == "width" or ruler.is_relative(observable) else ("sigma",)
    for unit in units:
        yield from _raw(ruler, observable, quantity, unit, None, differs=None)


def _raw(
    ruler: Ruler,
    observable: str,
    quantity: str,
    unit: str,
    tolerance: Tolerance | None,
    *,
    differs: bool | None,
) -> Iterator[_Raw]:
    measured = ruler.measure(observable, quantity, unit)
    if measured is None:
        return
    name, topic = _described(ruler, observable, quantity)
    if tolerance is not None and tolerance.topic is not None:
        topic = Topic(tolerance.topic)
    yield _Raw(observable, quantity, name, topic, unit, measured, tolerance, differs)


def _described(ruler: Ruler, observable: str, quantity: str) -> tuple[Name, Topic]:
    if observable in ruler.scores:
        score, topic = ruler.scores[observable]
        return Name(score.label), topic
    result = ruler.observables.get(observable)
    label = ruler.labels.get(observable, observable) if result is None else result.label
    topic = Topic.CORRELATIONS if result is None else Topic(result.topic)
    # The mean radius is a mean; its distribution is that of what it is the mean of.
    return Name(label) if quantity == "shape" else name_of(result, quantity, label), topic


def _effect(raw: _Raw, decision: Decision) -> Effect:
    said = _level(raw, decision)
    return Effect(
        name=f"{raw.observable}.{raw.quantity}",
        topic=raw.topic,
        label=raw.name.words,
        value=raw.measured.value,
        error=raw.measured.error,
        unit=raw.unit,
        sigmas=None if raw.quantity == "shape" else raw.measured.sigmas,
        p_value=raw.p_value,
        max=None if raw.tolerance is None else raw.tolerance.max,
        unusable=None if raw.tolerance is None else raw.tolerance.unusable,
        within=_within(raw),
        level=said,
        words=effect_words(
            raw.name,
            raw.quantity,
            raw.unit,
            raw.measured,
            differs=said.severity > Level.INDISTINGUISHABLE.severity,
        ),
    )


def _within(raw: _Raw) -> bool | None:
    """Whether it is shown to be below its tolerance."""
    if raw.tolerance is None:
        return None
    if raw.measured.error is None:
        return False
    return raw.size + _Z * raw.measured.error <= raw.tolerance.max


def _level(raw: _Raw, decision: Decision) -> Level:
    if not decision.objects:
        return Level.INDISTINGUISHABLE if decision.decided else Level.NO_VERDICT
    if not raw.differs:
        return Level.INDISTINGUISHABLE
    tolerance, error = raw.tolerance, raw.measured.error
    # Without a tolerance it differs, and the use does not mind.
    if tolerance is None or _within(raw):
        return Level.FIT
    limit = tolerance.unusable
    beyond = limit is not None and error is not None and raw.size - _Z * error > limit
    return Level.UNUSABLE if beyond else Level.FLAWS
