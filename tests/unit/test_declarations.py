"""Scores and observables are used as they declare: a stranger's is used as calobench's own."""

from __future__ import annotations

import numpy as np
import pytest
from results_factory import make_results

from calobench._util.foreign import module_of
from calobench.benchmarks.paired.record import PairedComparison, PairedDifference
from calobench.evaluation.multivariate import MultivariateFunction, Name, Outcome, Task
from calobench.evaluation.univariate import Distributions, Profiles, ScoreFunction, Values
from calobench.evaluation.univariate.samples import Weights
from calobench.observables import Observable
from calobench.observables.base import Projections
from calobench.report import render
from calobench.report.comparison.runs import Source, compared
from calobench.report.first_screen import pictures
from calobench.report.publication.content import summary_table
from calobench.results.distance import mean_distance
from calobench.results.multivariate import MultivariateResults, MultivariateScore, headline_scores
from calobench.results.observable import ObservableResult, declaration
from calobench.results.schema import Results
from calobench.results.scores import ScoreRecord, declared, effect_size, judging_score
from calobench.results.significance import Family
from calobench.verdict.decision import decide
from calobench.verdict.measure import Ruler
from calobench.verdict.observables import Status, judge


def _values(samples: Distributions | Profiles, weights: Weights) -> Values:
    return Values(np.zeros(len(weights.model_draws.counts)))


STRANGE = ScoreFunction(
    "strange", _values, _values, title="S", unit="σ", judges=0, averaged=True, effect_size=True,
    negligible=0.2,
)  # fmt: skip


def with_strange(value: float) -> Results:
    """Results whose observables have a further score, of which each differs for certain."""
    run = make_results(n=200, events=0)

    def further(one: ObservableResult) -> ObservableResult:
        score = one.scores[0].model_copy(
            update={"name": "strange", "value": value, "p_value": 1e-4, "family_p_value": 1e-4}
        )
        return one.model_copy(update={"scores": (*one.scores, score)})

    known = declared((), [score.name for one in run.observables for score in one.scores])
    return run.model_copy(
        update={
            "observables": tuple(further(one) for one in run.observables),
            "scores": (*known, STRANGE.record),
        }
    )


def test_a_score_that_judges_first_is_the_one_that_is_shown_and_averaged() -> None:
    results = with_strange(0.5)
    assert judging_score(results.scores).name == "strange"
    assert {one.score.name for one in judge(results)} == {"strange"}
    distance = mean_distance(results)
    assert distance is not None
    nulls = [one.scores[-1].null_95 for one in results.observables]
    assert distance.value == pytest.approx(np.mean([0.5 / null for null in nulls]))


def test_a_value_below_what_the_score_calls_negligible_is_no_difference() -> None:
    assert {one.status for one in judge(with_strange(0.3))} == {Status.DIFFERS}
    assert {one.status for one in judge(with_strange(0.1))} == {Status.COMPATIBLE}


def test_the_shape_of_a_distribution_is_measured_by_the_score_that_is_an_effect_size() -> None:
    results = with_strange(0.5)
    only = results.model_copy(
        update={"scores": tuple(one for one in results.scores if one.name != "wasserstein")}
    )
    assert effect_size(only.scores) == STRANGE.record
    measured = Ruler(only).measure(only.observables[0].name, "shape", "sigma")
    assert measured is not None
    assert measured.value == 0.5


def test_a_paired_comparison_shows_the_score_that_judges() -> None:
    one = PairedDifference(
        observable="response", label="E", score="strange", first=0.1, second=0.2, difference=-0.1,
        error=0.1, interval=(-0.2, 0.0), p_value=0.5,
    )  # fmt: skip
    comparison = PairedComparison(
        first="a", second="b", detector="CLD", geometry_hash="", reference="bundled",
        reference_sha256="", n=10, n_reference=10, seed=1, replicas=20, paired_with_reference=True,
        scores=(STRANGE.record,), together=(), observables=(one,),
    )  # fmt: skip
    assert comparison.judging.heading == "S/σ"


def a_multivariate(
    name: str, p_value: float, *, headline: int | None, own_null: bool
) -> MultivariateScore:
    return MultivariateScore(
        name=name, label=f"my {name}", description="A score.", value=3.0, error=0.1,
        interval=(2.9, 3.1), null_median=0.0, null_interval=(-0.2, 0.2), null="a law",
        p_value=p_value, family_p_value=None if own_null else p_value, worse="high", n_model=200,
        n_reference=200, null_replicas=599, headline=headline,
    )  # fmt: skip


def together(*scores: MultivariateScore) -> Results:
    many = MultivariateResults(
        features=("a",), scores=scores, family=Family(tests=1, permutations=599, p_value=0.5),
        classifier=None, equivalent=None, notes=(),
    )  # fmt: skip
    return make_results(n=200, events=0).model_copy(update={"multivariate": many})


def test_a_score_with_a_null_of_its_own_is_evidence_and_is_shown() -> None:
    results = together(
        a_multivariate("kernel", 0.5, headline=None, own_null=False),
        a_multivariate("forest", 1e-6, headline=None, own_null=True),
        a_multivariate("auc", 0.5, headline=1, own_null=True),
    )
    part = decide(results).part("alone")
    assert part is not None
    assert [score.name for score in part.scores] == ["forest", "auc"]
    # Two tests share the part's level.
    assert part.p_value == pytest.approx(2e-6)
    assert part.objects
    page = render(results)
    assert "My forest" in page
    runs = compared([Source(results, "here", "run")])
    rows = {str(row[0]) for row in summary_table(runs).rows}
    assert {"my forest", "my auc"} <= rows
    assert "my kernel" not in rows


def test_headlines_come_in_the_order_that_they_declare() -> None:
    results = together(
        a_multivariate("third", 0.5, headline=3, own_null=False),
        a_multivariate("none", 0.5, headline=None, own_null=False),
        a_multivariate("first", 0.5, headline=1, own_null=False),
    )
    assert [score.name for score in headline_scores(results)] == ["first", "third"]


def test_older_results_have_what_the_installed_scores_declare() -> None:
    old = ScoreRecord(name="wasserstein", title="W", judges=4)
    (completed,) = declared((old,), ("wasserstein",))
    # What it says itself counts.
    assert (completed.title, completed.judges) == ("W", 4)
    assert completed.effect_size
    assert completed.negligible > 0
    fpd = a_multivariate("fpd", 0.5, headline=None, own_null=False)
    values = fpd.model_dump(exclude={"headline"})
    results = together(MultivariateScore.model_validate(values))
    assert [score.headline for score in headline_scores(results)] == [2]


def test_a_use_may_tolerate_the_scores_that_declare_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from calobench.evaluation.multivariate import catalogue
    from calobench.verdict import uses

    def compute(task: Task) -> Outcome:
        return Outcome()

    mine = MultivariateFunction(
        "mine", compute, names=(Name("mine", "mine", "Mine.", tolerance=True),)
    )
    monkeypatch.setattr(catalogue, "all_multivariate", lambda: (mine,))
    assert module_of(compute)
    assert "mine" in uses._scores()
    assert "cell_auc" in uses._scores()


def _nothing(projections: Projections) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.zeros(len(projections.total))


def test_an_observable_declares_its_picture_and_its_curves() -> None:
    mine = Observable(
        name="mine", label="mine", unit="mm", family="radial", description="Mine.",
        compute=_nothing, picture="My picture", curves=("energy",),
    )  # fmt: skip
    run = make_results(n=200, events=0)
    profile = next(one for one in run.observables if one.data.kind == "profile")
    own = profile.model_copy(update={"name": "mine", **declaration(mine)})
    results = run.model_copy(update={"observables": (own, *run.observables[:5])})
    assert [one.title for one in pictures(results)] == ["Resolution and response", "My picture"]
    assert own.curves == ("energy",)
