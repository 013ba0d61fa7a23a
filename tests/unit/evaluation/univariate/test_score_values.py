"""Scores of samples whose distance is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from calobench.evaluation.univariate import Distributions, Profiles, all_scores
from calobench.evaluation.univariate.wasserstein import NOTHING_TO_COMPARE
from calobench.observables import Axis
from calobench.stats.resampling import as_they_are

SCORES = {function.name: function for function in all_scores()}
DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)


def score(name: Any, samples: Any) -> float:
    once = as_they_are(len(samples.reference), len(samples.model))
    return float(SCORES[name](samples, once).value[0])


def scores(reference: Any, model: Any) -> dict[str, float]:
    return {name: score(name, Distributions.of(reference, model)) for name in SCORES}


@pytest.fixture
def gaussian() -> Any:
    return np.random.default_rng(1).standard_normal(400) * 3 + 7


def test_catalogue() -> None:
    assert sorted(SCORES) == ["chi2", "jensen_shannon", "ks", "separation", "wasserstein"]


def test_identical_samples_score_zero(gaussian: Any) -> None:
    assert scores(gaussian, gaussian) == dict.fromkeys(SCORES, 0)
    # Five of each: the same distribution at another size.
    repeated = scores(gaussian, np.tile(gaussian, 5))
    assert repeated == dict.fromkeys(SCORES, 0)


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-50, 50), scale=st.floats(0.01, 100))
def test_wasserstein_of_a_shift_is_the_shift(shift: Any, scale: Any) -> None:
    reference = np.random.default_rng(1).standard_normal(200) * scale
    expected = abs(shift) / reference.std()
    result = score("wasserstein", Distributions.of(reference, reference + shift))
    assert result == pytest.approx(expected, abs=1e-9)


def test_wasserstein_of_a_wider_sample(gaussian: Any) -> None:
    # W1 = (k - 1) E|x| about the mean, of which E|x| = sqrt(2 / pi) std for a Gaussian.
    centred = gaussian - gaussian.mean()
    result = score("wasserstein", Distributions.of(centred, 1.5 * centred))
    assert result == pytest.approx(0.5 * np.abs(centred).mean() / centred.std())
    assert result == pytest.approx(0.5 * np.sqrt(2 / np.pi), rel=0.05)


@settings(max_examples=25, deadline=None)
@given(
    reference=st.lists(st.integers(-20, 20), min_size=2, max_size=30),
    model=st.lists(st.integers(-20, 20), min_size=1, max_size=30),
)
def test_wasserstein_of_unequal_sizes_and_ties(reference: Any, model: Any) -> None:
    reference, model = np.array(reference, float), np.array(model, float)
    expected = wasserstein_distance(reference, model) / (reference.std() or 1)
    result = score("wasserstein", Distributions.of(reference, model))
    assert result == pytest.approx(expected, abs=1e-12)


def test_disjoint_samples_have_separation_one(gaussian: Any) -> None:
    edges = np.linspace(-100, 2000, 100)
    assert score("separation", Distributions(gaussian, gaussian + 1e3, edges)) == pytest.approx(1)
    # All beyond the reference's own bins is in the overflow bin with the reference's last percent.
    assert score("separation", Distributions.of(gaussian, gaussian + 1e3)) == pytest.approx(
        1, abs=0.02
    )


def test_separation_is_chi2_over_2n(gaussian: Any) -> None:
    model = np.random.default_rng(2).normal(7.5, 3, len(gaussian))
    samples = Distributions.of(gaussian, model)
    chi2 = SCORES["chi2"](samples, as_they_are(400, 400))
    assert chi2.ndf is not None
    total = chi2.value[0] * chi2.ndf[0]
    assert total == pytest.approx(2 * 400 * score("separation", samples))


def test_chi2_of_unequal_totals() -> None:
    # Bins 0-1 and 1-2 with 3, 1 of the reference and 2, 4 of the model.
    samples = Distributions(
        np.array([0.5, 0.5, 0.5, 1.5]), np.array([0.5] * 2 + [1.5] * 4), np.array([0.0, 1, 2])
    )
    values = SCORES["chi2"](samples, as_they_are(4, 6))
    a, b = np.sqrt(6 / 4), np.sqrt(4 / 6)
    assert values.ndf is not None
    assert values.ndf[0] == 1
    assert values.value[0] == pytest.approx((3 * a - 2 * b) ** 2 / 5 + (1 * a - 4 * b) ** 2 / 5)


def test_a_fifth_moved_out_of_range_is_seen(gaussian: Any) -> None:
    model = gaussian.copy()
    model[::5] = 1e4
    values = scores(gaussian, model)
    assert values["separation"] > 0.1
    assert values["chi2"] > 3
    assert values["wasserstein"] > 100


def test_undefined_showers_are_counted_in_overflow(gaussian: Any) -> None:
    model = gaussian.copy()
    model[::5] = np.nan
    values = scores(gaussian, model)
    assert values["separation"] > 0.1
    assert values["chi2"] > 3
    assert values["wasserstein"] < 0.1


@pytest.mark.parametrize("empty", ["reference", "model", "both"])
def test_nothing_defined_is_finite_and_bad(gaussian: Any, empty: str) -> None:
    nothing = np.full(400, np.nan)
    reference = gaussian if empty == "model" else nothing
    model = gaussian if empty == "reference" else nothing
    values = scores(reference, model)
    assert np.isfinite(list(values.values())).all()
    assert values["wasserstein"] == (0 if empty == "both" else NOTHING_TO_COMPARE)
    if empty != "reference":
        assert values["separation"] == pytest.approx(0 if empty == "both" else 1, abs=0.02)


@pytest.mark.parametrize("constant", [0.0, 3.3, -1e-9, 1e12])
def test_constant_reference(constant: float) -> None:
    reference = np.full(50, constant)
    assert scores(reference, np.full(70, constant)) == dict.fromkeys(SCORES, 0)
    # A constant has no spread to measure by: the distance is in the observable's own unit.
    values = scores(reference, np.full(70, 2 * constant + 1))
    assert values["separation"] == pytest.approx(1)
    assert values["wasserstein"] == pytest.approx(abs(constant + 1))


def test_profiles_of_one_entry_apart() -> None:
    # All energy one layer (4 mm) deeper; layers 0 and 2 of the reference have a spread of 4 mm.
    reference = np.tile([1.0, 0, 1, 0], (10, 1))
    samples = Profiles.of(reference, np.roll(reference, 1, axis=1), DEPTH)
    assert score("wasserstein", samples) == pytest.approx(1)
    assert score("separation", samples) == pytest.approx(1)


def test_profile_shapes_ignore_the_scale_and_chi2_does_not() -> None:
    rng = np.random.default_rng(3)
    reference = rng.gamma(5.0, size=(100, 4))
    samples = Profiles.of(reference, 1.5 * reference, DEPTH)
    assert score("wasserstein", samples) == pytest.approx(0, abs=1e-12)
    assert score("separation", samples) == pytest.approx(0, abs=1e-12)
    assert score("chi2", samples) > 10


def test_profile_chi2() -> None:
    reference, model = np.array([[1.0, 5], [3, 5]]), np.array([[4.0, 5], [8, 5]])
    samples = Profiles.of(reference, model, Axis("depth", "mm", np.arange(3.0)))
    # The second entry never varies and does not count; errors of the means are 1 and 2.
    values = SCORES["chi2"](samples, as_they_are(2, 2))
    assert values.value[0] == pytest.approx((2 - 6) ** 2 / (1 + 4))
    assert values.ndf is not None
    assert values.ndf[0] == 1


def test_flow_entries_lie_half_a_bin_outside_a_logarithmic_axis() -> None:
    axis = Axis("cell energy", "MeV", np.array([0.1, 1, 10]), flow=True, log=True)
    samples = Profiles.of(np.eye(4), np.eye(4), axis)
    np.testing.assert_allclose(samples.coordinates, [-1.5, -0.5, 0.5, 1.5])


def test_profiles_without_energy() -> None:
    full, empty = np.ones((5, 4)), np.full((5, 4), np.nan)
    samples = Profiles.of(full, empty, DEPTH)
    assert score("wasserstein", samples) == NOTHING_TO_COMPARE
    assert score("separation", samples) == 1
    assert np.isfinite(score("chi2", samples))
    neither = Profiles.of(empty, empty, DEPTH)
    assert [score(name, neither) for name in SCORES] == [0] * len(SCORES)


def test_empty_showers_lower_the_mean_profile() -> None:
    rng = np.random.default_rng(4)
    reference = rng.gamma(5.0, size=(100, 4))
    model = reference.copy()
    model[::4] = np.nan
    assert score("chi2", Profiles.of(reference, model, DEPTH)) > 5
