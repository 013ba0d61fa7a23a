"""Levels, their reasons and their lights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from results_factory import make_results
from scipy.special import ndtr

from calobench.results.multivariate import (
    Closeness,
    MultivariateResults,
    MultivariateScore,
)
from calobench.results.quality import Column, EstimateMetric, QualityRecord
from calobench.results.schema import AverageRatio, Results, Score
from calobench.results.significance import Family
from calobench.results.store import read_results
from calobench.results.use import Tolerance, Use
from calobench.verdict import Level, Topic, default_use, verdict_of, with_verdict

SAMPLE = Path(__file__).parents[3] / "reports/samples/distilled-FCCeeALLEGRO/results.json"
OBJECTS, AGREES = 1e-3, 0.5
RADIUS = ("centre_of_gravity_r", "radial", "mm", 13.0, 0.4)


def a_use(*tolerances: Tolerance) -> Use:
    default = Tolerance(
        observable="centre_of_gravity_r", quantity="mean", unit="%", max=3.0, unusable=20.0,
        why="because it is a test",
    )  # fmt: skip
    return Use(
        name="test", title="a test", description="A use.", tolerance=tolerances or (default,)
    )


def a_multivariate(name: str, p: float, value: float) -> MultivariateScore:
    return MultivariateScore(
        name=name, label=name, description="A score.", value=value, error=0.01,
        interval=(value, value), null_median=0.5, null_interval=(0.4, 0.6), null="exchanged",
        p_value=p, worse="high", n_model=1000, n_reference=1000, null_replicas=599,
    )  # fmt: skip


def an_observable_score(p: float) -> Score:
    return Score(
        name="wasserstein", value=0.1, error=0.01, interval=(0.1, 0.1), null_median=0.05,
        null_95=0.1, p_value=AGREES, n_model=1000, n_reference=1000, q_value=1.0, family_p_value=p,
        minimum_detectable=0.2,
    )  # fmt: skip


def a_run(
    *,
    trees: float = AGREES,
    radius: tuple[float, float] = (0.0, 0.5),
    close: Closeness | None = None,
    together: bool = True,
    response: float | None = None,
) -> Results:
    """A run whose mean radius is off by so many per cent, with that error."""
    run = make_results(n=50, events=1)
    name, family, unit, mean, width = RADIUS
    to_widths = mean / width / 100
    column = Column(name=name, observable=name, label="⟨r⟩", unit=unit, mean=mean, width=width)
    metric = EstimateMetric(
        name=f"{name}.bias", kind="bias", columns=(name,), value=radius[0] * to_widths,
        error=radius[1] * to_widths, n=1000, reference=0.0, reference_error=0.0, n_reference=1000,
    )  # fmt: skip
    renamed = [{"name": name, "family": family}, {"name": "response", "family": "energy"}]
    observables = tuple(
        one.model_copy(
            update={"scores": (an_observable_score(AGREES),)}
            | (renamed[i] if i < len(renamed) else {})
        )
        for i, one in enumerate(run.observables)
    )
    many = MultivariateResults(
        features=("a",),
        scores=(
            a_multivariate("fpd", AGREES, 0.1).model_copy(update={"family_p_value": AGREES}),
            a_multivariate("auc", trees, 0.87),
        ),
        family=Family(tests=1, permutations=599, p_value=AGREES),
        classifier=None,
        equivalent=None,
        notes=(),
        closeness=close,
    )
    averages: tuple[AverageRatio, ...] = ()
    if response is not None:
        one = AverageRatio(quantity="response", log_ratio=response, error=1e-3, n_bins=6)
        averages = (one,)
    return run.model_copy(
        update={
            "observables": observables,
            "multivariate": many if together else None,
            "quality": QualityRecord(
                n=1000, n_reference=1000, threshold_mev=0.02, columns=(column,), metrics=(metric,)
            ),
            "energy_dependence": run.energy_dependence.model_copy(update={"averages": averages}),
            "run": run.run.model_copy(update={"null_replicas": 1199, "n": 1000}),
        }
    )


def light(verdict: Any, topic: Any) -> Any:
    return next(one for one in verdict.lights if one.topic is topic)


def test_where_no_test_objects_it_is_indistinguishable_and_says_what_would_be_seen() -> None:
    verdict = verdict_of(a_run(), a_use())
    assert verdict.level is Level.INDISTINGUISHABLE
    assert verdict.sentence.startswith("Indistinguishable from Geant4 with 1,000 against")
    assert "a shift of 0.20 standard deviations would be seen" in verdict.sentence
    assert "80 % power" in verdict.sentence
    assert {one.level for one in verdict.lights} <= {Level.INDISTINGUISHABLE, Level.NO_VERDICT}


@pytest.mark.parametrize("off", [2.0, 10.0, 80.0])
def test_a_number_alone_makes_no_flaw_where_no_test_objects(off: float) -> None:
    """Green and red never contradict: lights follow the headline."""
    verdict = verdict_of(a_run(radius=(off, 0.5)), a_use())
    assert verdict.level is Level.INDISTINGUISHABLE
    lateral = light(verdict, Topic.LATERAL)
    assert lateral.level is Level.INDISTINGUISHABLE
    # A number that is no difference is neither "too large" nor so many sigma off.
    assert lateral.words == (
        f"no difference seen at the 1 % level; largest: mean radius +{off:.1f} ± 0.5 % "
        "(corrected p < 0.001, but no test of the samples objects)"
    )


def test_a_green_light_says_how_likely_its_largest_number_is_among_all() -> None:
    """3.4 sigma are no difference if one of 41 numbers is as far in 3 % of runs: the p-value is given."""
    lateral = light(verdict_of(a_run(radius=(1.1, 0.5)), a_use()), Topic.LATERAL)
    assert lateral.level is Level.INDISTINGUISHABLE
    assert lateral.words == (
        "no difference seen at the 1 % level; largest: mean radius +1.1 ± 0.5 % (corrected p = 0.028)"
    )


def test_no_green_light_shows_sigmas_and_no_other_light_a_p_value() -> None:
    for verdict in (
        verdict_of(read_results(SAMPLE)),
        verdict_of(a_run(radius=(1.1, 0.5)), a_use()),
    ):
        for one in verdict.lights:
            assert ("sigma" in one.words) <= (
                one.level not in (Level.INDISTINGUISHABLE, Level.NO_VERDICT)
            )
            assert ("corrected p" in one.words) <= (one.level is Level.INDISTINGUISHABLE)
            worst = min((e.p_value for e in one.effects if e.p_value is not None), default=1.0)
            if (
                one.level is Level.INDISTINGUISHABLE
                and verdict.level is not Level.INDISTINGUISHABLE
            ):
                assert worst > verdict.alpha


def test_many_numbers_share_what_chance_may_do() -> None:
    """With more numbers each one is less significant: 3.4 sigma alone are 7 in 10,000."""
    alone = light(verdict_of(a_run(radius=(1.7, 0.5)), a_use()), Topic.LATERAL).effects[0]
    assert alone.p_value == pytest.approx(6.74e-4, rel=0.01)
    effects = light(verdict_of(read_results(SAMPLE)), Topic.LONGITUDINAL).effects
    deepest = next(one for one in effects if one.name == "shower_maximum.mean")
    assert deepest.p_value is not None
    assert deepest.sigmas is not None
    assert deepest.p_value > 10 * 2 * ndtr(-deepest.sigmas)


@pytest.mark.parametrize(
    ("radius", "level"),
    [
        ((0.0, 0.5), Level.FIT),
        ((2.1, 0.5), Level.FIT),  # its upper bound is 2.92
        ((2.3, 0.5), Level.FLAWS),  # 3.12: significant, and not shown to be below 3
        ((0.0, 2.0), Level.FLAWS),  # nothing is known of it: not shown to be fit
        ((8.0, 0.5), Level.FLAWS),
        ((-8.0, 0.5), Level.FLAWS),
        ((20.5, 0.5), Level.FLAWS),  # not shown to be beyond 20
        ((21.0, 0.5), Level.UNUSABLE),
        ((-21.0, 0.5), Level.UNUSABLE),
        ((40.0, 20.0), Level.FLAWS),
    ],
)
def test_the_level_is_that_of_the_bounds_against_the_tolerance(
    radius: tuple[float, float], level: Any
) -> None:
    verdict = verdict_of(a_run(trees=OBJECTS / 100, radius=radius), a_use())
    assert verdict.level is level
    assert (level is Level.FIT) == (not verdict.not_shown)


def test_the_worst_number_is_said_in_plain_words() -> None:
    verdict = verdict_of(a_run(trees=OBJECTS / 100, radius=(8.0, 0.5)), a_use())
    assert verdict.reason == "mean radius 8.0 ± 0.5 % too large (16 sigma); tolerance 3.0 %"
    assert verdict.sentence == f"Visible flaws for test: {verdict.reason}."
    assert light(verdict, Topic.LATERAL).words == "mean radius 8.0 ± 0.5 % too large (16 sigma)"
    assert light(verdict, Topic.LATERAL).level is Level.FLAWS
    far = verdict_of(a_run(trees=OBJECTS / 100, radius=(30.0, 0.5)), a_use())
    assert far.reason == "mean radius 30.0 ± 0.5 % too large (60 sigma); unusable beyond 20 %"
    smaller = verdict_of(a_run(trees=OBJECTS / 100, radius=(-8.0, 0.5)), a_use())
    assert "8.0 ± 0.5 % too small" in smaller.sentence


def test_what_the_use_does_not_ask_for_is_no_flaw() -> None:
    verdict = verdict_of(a_run(trees=OBJECTS / 100), a_use())
    assert verdict.level is Level.FIT
    assert "though auc 0.870 ± 0.010" in verdict.sentence
    tolerance = Tolerance(
        observable="auc", quantity="score", unit="", max=0.75, why="a test of the trees"
    )
    verdict = verdict_of(a_run(trees=OBJECTS / 100), a_use(tolerance))
    assert verdict.level is Level.FLAWS
    assert light(verdict, Topic.CORRELATIONS).level is Level.FLAWS


def test_what_was_not_measured_is_not_shown() -> None:
    tolerance = Tolerance(
        observable="diphoton.half_separation", quantity="mean", unit="mm", max=0.5,
        why="a test of what is missing",
    )  # fmt: skip
    verdict = verdict_of(a_run(trees=OBJECTS / 100), a_use(tolerance))
    assert verdict.level is Level.FLAWS
    assert verdict.not_shown == ("diphoton.half_separation was not measured; run --with diphoton",)
    assert verdict.not_shown[0] in verdict.sentence


def test_the_response_has_a_test_of_its_own() -> None:
    tolerance = Tolerance(
        observable="response", quantity="mean", unit="%", max=0.5, unusable=5.0, why="a test of it"
    )
    verdict = verdict_of(a_run(response=0.01), a_use(tolerance))
    assert verdict.level is Level.FLAWS
    assert "mean response 1.01 ± 0.10 % too high" in verdict.sentence
    assert light(verdict, Topic.ENERGY).level is Level.FLAWS
    assert verdict_of(a_run(response=0.08), a_use(tolerance)).level is Level.UNUSABLE


def closeness(**given: Any) -> Closeness:
    values = {
        "n_model": 1000, "n_reference": 1000, "exact": 0, "near": 0, "near_in_reference": 0,
        "distance_ratio": 1.0, "cross_neighbours": 0.5, "cross_neighbours_null": 0.5,
        "p_value": 0.5, "permutations": 2000,
    }  # fmt: skip
    return Closeness(**values | given)


@pytest.mark.parametrize(
    ("close", "words"),
    [
        (
            {"exact": 1000, "near": 1000},
            "a copy of the reference (1000 of 1000 showers are showers",
        ),
        ({"near": 900}, "a copy of the reference (900 of 1000 lie nearer"),
        ({"exact": 7, "near": 7}, "the model has seen the reference (7 of 1000"),
        ({"near": 50, "near_in_reference": 1}, "the model has seen the reference (50 of 1000 lie"),
        ({"p_value": 5e-4, "cross_neighbours": 0.9}, "90% of all showers have their nearest"),
    ],
)
def test_a_model_that_has_seen_the_reference_is_called_that(
    close: dict[str, float] | dict[str, int], words: str
) -> None:
    verdict = verdict_of(a_run(close=closeness(**close)), a_use())
    assert verdict.level is Level.NO_VERDICT
    assert verdict.sentence.startswith("No verdict: ")
    assert words in verdict.sentence
    assert verdict.too_close


def test_a_copy_with_a_flaw_is_told_to_be_both() -> None:
    run = a_run(trees=OBJECTS / 100, radius=(8.0, 0.5), close=closeness(near=900))
    verdict = verdict_of(run, a_use())
    assert verdict.level is Level.FLAWS
    assert "900 of 1000 lie nearer" in verdict.sentence
    assert "mean radius" in verdict.sentence


def test_a_file_that_is_the_reference_is_called_that_by_its_cells_alone() -> None:
    run = a_run(together=False)
    run = run.model_copy(update={"run": run.run.model_copy(update={"copied_showers": 1000})})
    assert "a copy of the reference (1000 of 1000" in verdict_of(run, a_use()).sentence


def test_few_showers_are_no_verdict() -> None:
    verdict = verdict_of(a_run(together=False), a_use())
    assert verdict.level is Level.NO_VERDICT
    assert "too few showers" in verdict.sentence
    one = make_results(n=1, events=1)
    for light in verdict_of(one, a_use()).lights:
        assert light.level is Level.NO_VERDICT
        # Of the energy the factory has bins whatever its number of showers.
        assert light.topic is Topic.ENERGY or "±" not in light.words
    nothing = make_results(events=1).model_copy(update={"observables": ()})
    assert verdict_of(nothing, a_use()).sentence == "No verdict: nothing was scored."


def test_too_few_permutations_are_no_verdict() -> None:
    run = a_run()
    run = run.model_copy(update={"run": run.run.model_copy(update={"null_replicas": 200})})
    assert "too few permutations" in verdict_of(run, a_use()).sentence


def test_results_keep_their_verdict_and_its_use() -> None:
    stored = with_verdict(a_run(trees=OBJECTS / 100), a_use())
    assert stored.verdict == verdict_of(stored)
    assert stored.verdict.use.name == "test"
    again = Results.model_validate_json(stored.model_dump_json())
    assert again.verdict == stored.verdict
    assert verdict_of(a_run()).use == default_use()


def test_the_sample_report_has_its_flaws_in_plain_words() -> None:
    verdict = verdict_of(read_results(SAMPLE))
    assert verdict.level is Level.FLAWS
    # What is seen, within its tolerance or not, is said before what only may be.
    assert light(verdict, Topic.CORRELATIONS).level is Level.FLAWS
    assert verdict.reason.startswith("FPD ")
    assert "tolerance" in verdict.sentence
    assert [one.topic for one in verdict.lights] == list(Topic)
    assert light(verdict, Topic.ENERGY).level is Level.INDISTINGUISHABLE
