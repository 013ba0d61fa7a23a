"""The verdict in plain words: what is good, what is not, how sure, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.benchmarks.diphoton.words import diphoton_words
from calobench.report import text
from calobench.report.summary import (
    Judged,
    Status,
    average_ratio,
    by_family,
    judge,
    largest_deviation,
    overall,
    tally,
    typical_reach,
)
from calobench.results.schema import Results, Score

__all__ = ["SCORE_TITLES", "Sentence", "Verdict", "score_words", "verdict"]

SCORE_TITLES = {"wasserstein": "W₁", "chi2": "χ²/ndf", "separation": "separation"}
_UNITS = {"wasserstein": "σ", "chi2": "", "separation": ""}

_HEADLINES = {
    Status.COMPATIBLE: "No difference from Geant4 is visible at this sample size.",
    Status.BORDERLINE: "In part as Geant4, in part measurably different.",
    Status.DIFFERS: "Measurably different from Geant4 in most observables.",
}
# How many observables are named in a sentence.
_NAMED = 3
# An average this many errors from its ideal is called different.
_SIGMAS = 2.0
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


def verdict(results: Results) -> Verdict:
    """Put into words what the scores of a run say."""
    judged = judge(results.observables)
    if not judged:
        note = Sentence("note", "The results hold no scored observable.")
        return Verdict(None, "Nothing was scored.", (note,))
    status = overall(judged)
    sentences = [
        _counts(judged, status),
        *_extremes(judged),
        *_families(results, judged),
        *_energy(results),
        *_two_photons(results),
        *_other_scores(results),
        *_reach(results, judged),
        *_paired(results),
    ]
    return Verdict(status, _HEADLINES[status], tuple(sentences))


def score_words(score: Score, replicas: int) -> tuple[str, str]:
    """A score with its error, and its null with the p-value."""
    value = text.measured(score.value, score.error, _UNITS[score.name])
    null = f"null {text.number(score.null_median, 2)}, 95 % {text.number(score.null_95, 2)}"
    return value, f"{null}, p {_p(score, replicas)}"


def _p(score: Score, replicas: int) -> str:
    p = text.p_value(score.p_value, replicas)
    return p if p.startswith("<") else f"= {p}"


def _counts(judged: Sequence[Judged], status: Status) -> Sentence:
    counts = tally(one.score for one in judged)
    verb = "is" if counts.within == 1 else "are"
    words = (
        f"{counts.within} of {text.counted(counts.n, 'observable')} {verb} compatible with Geant4: "
        f"exchanging showers of the two gives as large a score in more than 5 % of trials. "
        f"{counts.above} {'differs' if counts.above == 1 else 'differ'} (p at most 0.05), "
        f"{counts.clear} of them clearly, by more than two errors above the null; "
        f"chance alone makes about {text.number(counts.expected, 2)} differ"
    )
    if status is Status.COMPATIBLE:
        words += f" (as many or more with a probability of {text.number(counts.chance, 2)})."
    else:
        words += f", and as many as here with a probability of {_tiny(counts.chance)}."
    return Sentence("good" if status is Status.COMPATIBLE else "bad", words)


def _tiny(probability: float) -> str:
    return "less than 0.001" if probability < 1e-3 else text.number(probability, 1)


def _extremes(judged: Sequence[Judged]) -> list[Sentence]:
    ranked = sorted(judged, key=lambda one: one.ratio)
    good = [one for one in ranked if one.status is Status.COMPATIBLE][:_NAMED]
    bad = [one for one in reversed(ranked) if one.status is not Status.COMPATIBLE][:_NAMED]
    sentences = []
    if good:
        sentences.append(Sentence("good", f"Closest to Geant4: {_named(good)}."))
    if bad:
        sentences.append(Sentence("bad", f"Furthest from Geant4: {_named(bad)}."))
    return sentences


def _named(judged: Sequence[Judged]) -> str:
    return "; ".join(
        f"{one.observable.label}, {SCORE_TITLES[one.score.name]} = "
        f"{text.measured(one.score.value, one.score.error, _UNITS[one.score.name])} "
        f"(null {text.number(one.score.null_median, 2)}, 95 % {text.number(one.score.null_95, 2)})"
        for one in judged
    )


def _families(results: Results, judged: Sequence[Judged]) -> list[Sentence]:
    clean, mixed = [], []
    for family in by_family(results):
        own = [one for one in judged if one.observable.family == family]
        above = sum(one.status is not Status.COMPATIBLE for one in own)
        if own and above:
            mixed.append(f"{family} ({above} of {len(own)})")
        elif own:
            clean.append(f"{family} (all {len(own)})" if len(own) > 1 else family)
    sentences = []
    if clean and len(by_family(results)) > 1:
        sentences.append(Sentence("good", f"Families entirely compatible: {', '.join(clean)}."))
    if mixed:
        sentences.append(Sentence("bad", f"Families with differences: {', '.join(mixed)}."))
    return sentences


def _energy(results: Results) -> list[Sentence]:
    sentences = []
    response = average_ratio(results.energy_dependence, "response")
    if response is not None:
        bias = response.value - 1
        differs = abs(bias) > _SIGMAS * response.error
        words = f"Mean response bias: {text.percent(bias, response.error, signed=True)}"
        words += f" over {text.counted(response.n_bins, 'energy bin')}"
        words += _most_significant(results, "response")
        sentences.append(Sentence("bad" if differs else "good", words + _agrees(differs, "zero")))
    resolution = average_ratio(results.energy_dependence, "resolution")
    if resolution is not None:
        differs = abs(resolution.value - 1) > _SIGMAS * resolution.error
        words = "Resolution, model over Geant4: "
        words += text.measured(resolution.value, resolution.error)
        words += _most_significant(results, "resolution")
        sentences.append(Sentence("bad" if differs else "good", words + _agrees(differs, "one")))
    return sentences


def _two_photons(results: Results) -> list[Sentence]:
    found = results.benchmark("diphoton", DiphotonResults)
    return [] if found is None else [Sentence(*diphoton_words(found))]


def _agrees(differs: bool, ideal: str) -> str:
    if differs:
        return f". It differs from {ideal} by more than two errors."
    return f". It agrees with {ideal} within two errors."


def _most_significant(results: Results, quantity: str) -> str:
    worst = largest_deviation(results.energy_dependence, quantity)
    if worst is None:
        return ""
    ratio = text.percent(worst.value - 1, worst.error, signed=True)
    return f"; most significant at {text.energy(worst.energy_mev)}: {ratio}"


def _other_scores(results: Results) -> list[Sentence]:
    parts = []
    for name, title in SCORE_TITLES.items():
        counts = tally(s for o in results.observables for s in o.scores if s.name == name)
        if counts.n:
            parts.append(f"{title} {counts.within} of {counts.n}")
    words = f"Compatible by each score: {', '.join(parts)}."
    return [Sentence("note", words)] if len(parts) > 1 else []


def _reach(results: Results, judged: Sequence[Judged]) -> list[Sentence]:
    n_model = max(one.score.n_model for one in judged)
    n_reference = max(one.score.n_reference for one in judged)
    reach = typical_reach(judged)
    sizes = f"{text.grouped(n_model)} model and {text.grouped(n_reference)} Geant4 showers"
    words = f"With {sizes} this test"
    if reach is not None:
        words += (
            f" cannot see effects smaller than about {text.number(reach, 2)} σ "
            "(median over the observables of the 95 % quantile of the null of W₁, in standard "
            "deviations of Geant4). Compatible means that no effect clearly larger is there."
        )
    else:
        words += " sees only what rises above its null."
    if min(n_model, n_reference) < _SMALL_SAMPLE:
        words += " The sample is small: only coarse differences show."
    words += (
        f" Errors are from {text.grouped(results.run.bootstrap_replicas)} bootstrap replicas, "
        f"nulls from {text.grouped(results.run.null_replicas)}."
    )
    return [Sentence("note", words)]


def _paired(results: Results) -> list[Sentence]:
    words = "Observables are correlated, so that several may lie above their null for one reason."
    if not results.run.paired_conditions:
        words += (
            " The model's showers do not have the reference's own conditions: "
            "a difference may come from the incident energies and angles."
        )
    return [Sentence("note", words)]
