"""The verdict in plain words: what is good, what is not, how sure, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.report import text
from calobench.report.summary import average_ratio, by_family, largest_deviation
from calobench.results.multivariate import MultivariateScore
from calobench.results.schema import Results, Score
from calobench.results.scores import ScoreRecord, declared_scores, page_scores, score_record
from calobench.verdict.decision import Decision, Part, decide
from calobench.verdict.energy import stands_out
from calobench.verdict.observables import FALSE_DISCOVERIES, Judged, Status
from calobench.verdict.verdict import verdict_of

__all__ = ["Sentence", "Verdict", "score_words", "verdict"]

# How many observables are named in a sentence.
_NAMED = 3
_SMALL_SAMPLE = 1000


class Sentence(NamedTuple):
    """One statement; ``kind`` is ``good``, ``bad`` or ``note``."""

    kind: str
    text: str


class Verdict(NamedTuple):
    """The headline, and the statements it rests on."""

    status: Status | None
    headline: str
    sentences: tuple[Sentence, ...]


def verdict(results: Results, decision: Decision | None = None) -> Verdict:
    """Put into words what the scores of a run say.

    Args:
        results: of the run.
        decision: what follows from them, if that is known already.
    """
    decision = decision or decide(results)
    if decision.status is None:
        note = Sentence("note", "The results hold no scored observable.")
        return Verdict(None, verdict_of(results).sentence, (note,))
    judged = decision.judged
    sentences = [
        *_counts(results, decision),
        *_parts(decision),
        *_extremes(results, judged),
        *_families(results, judged),
        *_energy(results, decision),
        *_benchmarks(results),
        *_other_scores(results),
        *_reach(results, decision),
        *_paired(results),
    ]
    return Verdict(decision.status, verdict_of(results).sentence, tuple(sentences))


def score_words(score: Score, declared: ScoreRecord, replicas: int) -> tuple[str, str]:
    """A score with its error, and its null with the p-value."""
    value = text.measured(score.value, score.known_error, declared.unit)
    null = f"null {text.number(score.null_median, 2)}, 95 % {text.number(score.null_95, 2)}"
    p = text.p_value(score.p_value, replicas)
    return value, f"{null}, p {p if p.startswith('<') else f'= {p}'}"


def _counts(results: Results, decision: Decision) -> list[Sentence]:
    judged = decision.judged
    if not judged:
        return []
    differ = decision.with_status(Status.DIFFERS)
    border = decision.with_status(Status.BORDERLINE)
    part = decision.part("observables")
    words = f"{len(differ)} of {text.counted(len(judged), 'observable')} differ"
    if part is not None:
        words += (
            f", with all of them taken together (family-wise p at most {text.number(part.level, 2)}; "
            f"smallest {text.number(part.p_value, 2)})"
        )
    words += (
        f". {len(border)} more may differ: of those named, one in {round(1 / FALSE_DISCOVERIES)} is "
        f"false at most. {_by_chance(results)}"
    )
    objects = part is not None and part.objects
    return [Sentence("bad" if objects else "good", words.strip())]


def _by_chance(results: Results) -> str:
    first = next((one.name for one in declared_scores(results) if one.judges is not None), None)
    family = next((one for one in results.families if one.score == first), None)
    if family is None:
        return ""
    return (
        f"One by one, {family.objections} have p at most {text.number(family.level, 1)}; chance makes "
        f"{text.number(family.expected, 2)} on average and up to {text.number(family.upper, 2)} in 95 % "
        f"of cases, for they are correlated (as many or more: p {_p(family.count_p_value)})."
    )


def _p(p_value: float) -> str:
    return "less than 0.001" if p_value < 1e-3 else text.number(p_value, 2)


def _parts(decision: Decision) -> list[Sentence]:
    sentences = []
    for part in decision.parts:
        if part.scores:
            words = f"{_scores(part)} (p {_p(part.p_value)})."
            sentences.append(Sentence("bad" if part.objects else "good", words))
    if decision.part("together") is None:
        words = "Too few showers to look at all observables together, or to train a classifier."
        sentences.append(Sentence("note", words))
    return sentences


def _scores(part: Part) -> str:
    named = "; ".join(_multivariate(score) for score in part.scores[:_NAMED])
    if part.name != "together":
        return f"{named[:1].upper()}{named[1:]}"
    family = f"{text.counted(len(part.scores), 'score')} as one family"
    return f"All observables together: {family}, least likely by chance {named}"


def _multivariate(score: MultivariateScore) -> str:
    low, high = score.null_interval
    value = text.measured(score.value, score.error)
    return f"{score.label} {value} (null {text.number(low, 2)} to {text.number(high, 2)})"


def _extremes(results: Results, judged: Sequence[Judged]) -> list[Sentence]:
    ranked = sorted(judged, key=lambda one: one.ratio)
    good = [one for one in ranked if one.status is Status.COMPATIBLE][:_NAMED]
    bad = [one for one in reversed(ranked) if one.status is Status.DIFFERS][:_NAMED]
    sentences = []
    if good:
        sentences.append(Sentence("good", f"Closest to Geant4: {_named(results, good)}."))
    if bad:
        sentences.append(Sentence("bad", f"Furthest from Geant4: {_named(results, bad)}."))
    return sentences


def _named(results: Results, judged: Sequence[Judged]) -> str:
    words = []
    for one in judged:
        score, declared = one.score, score_record(results, one.score.name)
        value = text.measured(score.value, score.known_error, declared.unit)
        null = f"null {text.number(score.null_median, 2)}, 95 % {text.number(score.null_95, 2)}"
        words.append(f"{one.observable.label}, {declared.title} = {value} ({null})")
    return "; ".join(words)


def _families(results: Results, judged: Sequence[Judged]) -> list[Sentence]:
    clean, mixed = [], []
    for family in by_family(results):
        own = [one for one in judged if one.observable.family == family]
        above = sum(one.status is Status.DIFFERS for one in own)
        if own and above:
            mixed.append(f"{family} ({above} of {len(own)})")
        elif own:
            clean.append(f"{family} (all {len(own)})" if len(own) > 1 else family)
    sentences = []
    if clean and len(by_family(results)) > 1:
        sentences.append(
            Sentence("good", f"Families in which no observable differs: {', '.join(clean)}.")
        )
    if mixed:
        sentences.append(Sentence("bad", f"Families with differences: {', '.join(mixed)}."))
    return sentences


def _energy(results: Results, decision: Decision) -> list[Sentence]:
    sentences, part = [], decision.part("energy")
    for quantity, what, ideal in (
        ("response", "Mean response bias", "zero"),
        ("resolution", "Resolution at fixed energy, model over Geant4", "one"),
    ):
        average = average_ratio(results.energy_dependence, quantity)
        if average is None:
            continue
        value = (
            text.percent(average.value - 1, average.error, signed=True)
            if quantity == "response"
            else text.measured(average.value, average.error)
        )
        words = f"{what}: {value} over {text.counted(average.n_bins, 'energy bin')}"
        words += _most_significant(results, quantity)
        if average.error > 0:
            away = abs(average.value - 1) / average.error
            words += f". That is {text.number(away, 2)} errors from {ideal}"
            # An average does not speak for an energy at which it is wrong.
            one_energy = stands_out(results.energy_dependence, quantity)
            differs = part is not None and part.ratio_objects(quantity)
            kind = "bad" if differs else "note" if one_energy else "good"
        else:
            kind = "note"
        sentences.append(Sentence(kind, f"{words}."))
    return sentences


def _benchmarks(results: Results) -> list[Sentence]:
    sentences = []
    for name, record in results.benchmarks.items():
        benchmark = all_benchmarks().get(name)
        if benchmark is not None and benchmark.sentence is not None:
            sentences.append(Sentence(*benchmark.sentence(record)))
    return sentences


def _most_significant(results: Results, quantity: str) -> str:
    worst = largest_deviation(results.energy_dependence, quantity)
    if worst is None:
        return ""
    ratio = text.percent(worst.value - 1, worst.error, signed=True)
    return f"; most significant at {text.energy(worst.energy_mev)}: {ratio}"


def _other_scores(results: Results) -> list[Sentence]:
    parts = [
        f"{score.title} {text.number(family.p_value, 2)}"
        for score in page_scores(results)
        for family in results.families
        if family.score == score.name
    ]
    words = f"Family-wise p of all observables by each score: {', '.join(parts)}."
    return [Sentence("note", words)] if len(parts) > 1 else []


def _reach(results: Results, decision: Decision) -> list[Sentence]:
    judged = decision.judged
    if not judged:
        return []
    n_model = max(one.score.n_model for one in judged)
    n_reference = max(one.score.n_reference for one in judged)
    seen = sorted(
        one.score.minimum_detectable for one in judged if one.score.minimum_detectable is not None
    )
    words = f"With {text.grouped(n_model)} model and {text.grouped(n_reference)} Geant4 showers"
    if seen:
        words += (
            f" a shift of {text.number(seen[len(seen) // 2], 2)} standard deviations of one observable is "
            f"detected with 80 % probability (median of {len(seen)} observables; "
            f"{text.number(seen[0], 2)} to {text.number(seen[-1], 2)}). That no difference is seen says "
            "that none clearly larger is there, not that there is none."
        )
    else:
        words += " only what rises above its null is seen."
    if min(n_model, n_reference) < _SMALL_SAMPLE:
        words += " The sample is small: only coarse differences show."
    words += (
        f" A model that is as Geant4 is called different in {text.number(100 * decision.alpha, 2)} % of "
        f"runs at most. Errors are from {text.grouped(results.run.bootstrap_replicas)} bootstrap "
        f"replicas, nulls and p-values from {text.grouped(results.run.null_replicas)} permutations."
    )
    return [Sentence("note", words)]


def _paired(results: Results) -> list[Sentence]:
    if results.run.paired_conditions:
        return []
    words = (
        "The model's showers do not have the reference's own conditions: "
        "a difference may come from the incident energies and angles."
    )
    if results.run.unpaired_because:
        words += f" Not paired: {results.run.unpaired_because}."
    return [Sentence("note", words)]
