"""Decision whether model and Geant4 differ: each part of the evidence can object at its own level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from results_factory import make_results

from calobench.benchmarks.base import Benchmark
from calobench.results.multivariate import (
    ClassifierTest,
    MultivariateResults,
    MultivariateScore,
)
from calobench.results.schema import AverageRatio, Results, Score
from calobench.results.significance import ALPHA, Family
from calobench.results.verdict import Topic
from calobench.verdict import verdict_of
from calobench.verdict.decision import decide
from calobench.verdict.observables import Status
from calobench.verdict.parts import PARTS, part_level

LEVEL = ALPHA / PARTS


def a_score(p: float, value: float = 0.1, q: float = 1.0) -> Score:
    return Score(
        name="wasserstein", value=value, error=0.01, interval=(value, value), null_median=0.05,
        null_95=0.1, p_value=min(p, 0.5), n_model=100, n_reference=100, q_value=q, family_p_value=p,
    )  # fmt: skip


def a_multivariate(name: str, p: float, value: float = 0.5) -> MultivariateScore:
    return MultivariateScore(
        name=name, label=name, description="A score.", value=value, error=0.01,
        interval=(value, value), null_median=0.0, null_interval=(0.0, 0.1), null="exchanged",
        p_value=p, worse="high", n_model=100, n_reference=100, null_replicas=599,
    )  # fmt: skip


def in_family(score: MultivariateScore) -> MultivariateScore:
    return score.model_copy(update={"family_p_value": score.p_value})


def results(
    observables: list[Score] | None = None,
    together: float = 0.5,
    trees: float = 0.5,
    cells: float | None = None,
    scores: tuple[MultivariateScore, ...] = (),
) -> Results:
    whole_run = make_results(n=50, events=1)
    judged = observables or [a_score(0.5)] * 10
    many = MultivariateResults(
        features=("a",),
        scores=(
            *(in_family(one) for one in scores or (a_multivariate("fpd", 0.5),)),
            a_multivariate("auc", trees, 0.87),
        ),
        family=Family(tests=9, permutations=599, p_value=together),
        classifier=None,
        equivalent=None,
        notes=(),
    )
    of_cells = None
    if cells is not None:
        score = a_multivariate("cell_auc", cells, 0.9)
        of_cells = ClassifierTest(score=score, classifier=None, notes=())
    whole_run = whole_run.model_copy(
        update={
            "observables": tuple(
                one.model_copy(update={"scores": (score,)})
                for one, score in zip(whole_run.observables, judged, strict=False)
            ),
            "multivariate": many,
            "run": whole_run.run.model_copy(update={"null_replicas": 1199}),
        }
    )
    return whole_run if of_cells is None else whole_run.with_benchmarks({"cells": of_cells})


def test_nothing_objects() -> None:
    decision = decide(results())
    assert decision.status is Status.COMPATIBLE
    assert not decision.objects


@pytest.mark.parametrize(
    "evidence",
    [
        {"observables": [a_score(LEVEL), *[a_score(0.5)] * 9]},
        {"trees": LEVEL},
        {"cells": LEVEL},
        {"together": LEVEL, "scores": (a_multivariate("fpd", 1e-3, 3.0),)},
        {"together": LEVEL, "scores": (a_multivariate("repeats", 1e-3, 0.2),)},
    ],
)
def test_every_part_can_object_alone(evidence: dict[str, Any]) -> None:
    decision = decide(results(**evidence))
    assert decision.status is Status.BORDERLINE
    assert sum(part.objects for part in decision.parts) == 1


def test_the_classifier_of_any_benchmark_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The declaration alone makes it evidence: the verdict refers to no benchmark by name."""
    judged = Benchmark(
        name="theirs", title="Another's", record=ClassifierTest, classifier=lambda record: record,
        topic="lateral",
    )  # fmt: skip
    silent = replace(judged, name="silent", classifier=None)
    known = {"theirs": judged, "silent": silent}
    monkeypatch.setattr("calobench.benchmarks.catalogue.all_benchmarks", lambda: known)
    score = a_multivariate("their_auc", LEVEL, 0.9)
    test = ClassifierTest(score=score, classifier=None, notes=())
    result = verdict_of(results().with_benchmarks({"theirs": test}))
    lateral = next(one for one in result.lights if one.topic is Topic.LATERAL)
    assert "their_auc.score" in [effect.name for effect in lateral.effects]
    assert decide(results().with_benchmarks({"theirs": test})).objects
    assert not decide(results().with_benchmarks({"silent": test})).objects


def test_just_above_its_level_no_part_objects() -> None:
    p = LEVEL * 1.01
    decision = decide(results([a_score(p)] * 10, together=p, trees=p, cells=p))
    assert decision.status is Status.COMPATIBLE
    assert decision.p_value == pytest.approx(PARTS * p)


def test_most_observables() -> None:
    decision = decide(results([a_score(1e-3)] * 6 + [a_score(0.5)] * 4))
    assert decision.status is Status.DIFFERS


def test_what_has_no_size_is_no_difference() -> None:
    decision = decide(results([a_score(1e-3, value=1e-7)] * 10))
    assert decision.status is Status.COMPATIBLE
    assert all(one.status is Status.COMPATIBLE for one in decision.judged)


def test_the_false_discovery_rate_says_what_may_differ() -> None:
    decision = decide(results([a_score(0.02, q=0.04), *[a_score(0.5)] * 9]))
    assert decision.status is Status.COMPATIBLE
    assert len(decision.with_status(Status.BORDERLINE)) == 1


def test_results_without_families_are_judged_by_bonferroni() -> None:
    plain = {"family_p_value": None, "q_value": None}
    old = results([a_score(1e-9).model_copy(update=plain)] + [a_score(0.5)] * 9)
    assert decide(old).part("observables").p_value == pytest.approx(1e-8)


def test_too_few_permutations_are_no_agreement() -> None:
    few = results([a_score(0.5)] * 10)
    few = few.model_copy(update={"run": few.run.model_copy(update={"null_replicas": 200})})
    assert not decide(few).decided


def test_a_resolution_that_is_off_objects() -> None:
    good = results()
    off = AverageRatio(quantity="resolution", log_ratio=0.2, error=0.04, n_bins=6)
    data = good.energy_dependence.model_copy(update={"averages": (off,)})
    decision = decide(good.model_copy(update={"energy_dependence": data}))
    assert decision.status is Status.BORDERLINE
    assert decision.part("energy").ratio_objects("resolution")
    assert not decision.part("energy").ratio_objects("response")


def test_no_observables() -> None:
    nothing = make_results(events=1).model_copy(update={"observables": ()})
    decision = decide(nothing)
    assert decision.status is None


def test_parts_of_alpha_add_up() -> None:
    assert PARTS * part_level(ALPHA) == pytest.approx(ALPHA)
