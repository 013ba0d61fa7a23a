"""Residuals at fixed conditions: of showers whose law is known, and of the bundled reference.

Seeds are fixed. Tolerances are multiples of the statistical error, stated where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from calobench._util.resources import data_specs_dir
from calobench.detectors import load_detector
from calobench.errors import ConditionsError
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.harness.reference import read_reference
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Conditions
from calobench.stats.symmetrise import symmetrisers

# Detectors that a sample ships for.
BUNDLED = sorted(path.stem for path in (data_specs_dir() / "reference").glob("*.h5"))


def conditions(rng: np.random.Generator, n: Any) -> Conditions:
    return Conditions(
        rng.uniform(1e3, 1e5, n), np.arccos(rng.uniform(-0.64, 0.64, n)), rng.uniform(0, 7, n)
    )


def toy(rng: np.random.Generator, n: Any) -> FeatureTable:
    """A depth that grows with ln E and narrows, a skewed energy, a count, and an asymmetry."""
    particles = conditions(rng, n)
    u, c = np.log(particles.energy / 1e4), np.cos(particles.theta)
    depth = 100 + 12 * u + 3 * u**2 - 20 * c**2 + 4 * c + 10 * np.exp(-0.3 * u) * rng.normal(size=n)
    energy = 0.1 * particles.energy * np.exp(0.2 * np.exp(-0.2 * u) * rng.normal(size=n))
    hits = rng.poisson(0.01 * particles.energy ** (0.9)).astype(float)
    return FeatureTable(particles, {"depth": depth, "energy": energy, "hits": hits}, {})


def bins_of(table: Any) -> Iterator[Any]:
    """Masks of five bins of energy and four of theta, equally filled."""
    for values, bins in ((table.conditions.energy, 5), (table.conditions.theta, 4)):
        edges = np.quantile(values, np.linspace(0, 1, bins + 1))
        edges[-1] += 1
        yield from ((values >= low) & (values < high) for low, high in zip(edges, edges[1:]))  # noqa: B905, RUF007


def pulls(table: Any, residuals: Any) -> Any:
    """Pulls of mean and variance from 0 and 1, by observable and bin."""
    means, widths = [], []
    for inside in bins_of(table):
        for values in residuals.values():
            z = values[inside & np.isfinite(values)]
            if len(z) < 20 or z.std() == 0:
                continue
            means.append(z.mean() * len(z) ** 0.5)
            fourth = max(((z - z.mean()) ** 4).mean() / z.var() ** 2, 1.5)
            widths.append((z.var(ddof=1) - 1) / ((fourth - 1) / len(z)) ** 0.5)
    return np.array(means), np.array(widths)


def test_residuals_of_new_showers_of_a_known_law() -> None:
    rng = np.random.default_rng(1)
    model = ConditionalModel.fit(toy(rng, 6_000))
    new = toy(rng, 2_000)
    means, widths = pulls(new, model.standardise(new))
    # 27 pulls each. Beyond 4 in one of 600 such tests; the fit itself adds a sixth to the errors.
    assert len(means) == 27
    assert np.abs(means).max() < 4
    assert np.abs(widths).max() < 4
    assert 0.5 < means.std() < 1.5


def test_mean_and_width_are_recovered() -> None:
    rng = np.random.default_rng(2)
    table = toy(rng, 8_000)
    model = ConditionalModel.fit(table)
    fit = model.fits["depth"]
    at = Conditions(np.array([3e3, 3e4, 9e4]), np.array([1.2, 1.57, 2.0]), np.zeros(3))
    mean, width = fit.regression.predict(model.mean_terms(at), model.width_terms(at))
    u, c = np.log(at.energy / 1e4), np.cos(at.theta)
    unit = fit.symmetriser.unit
    assert not fit.symmetriser.log
    error = fit.regression.mean_variance(model.mean_terms(at)) ** 0.5 * unit
    assert error[1] < 10 * (20 / 8_000) ** 0.5
    truth = 100 + 12 * u + 3 * u**2 - 20 * c**2 + 4 * c
    assert (np.abs(mean * unit - truth) < 4 * error).all()
    np.testing.assert_allclose(width * unit, 10 * np.exp(-0.3 * u), rtol=0.1)


def test_skewed_observables_are_fitted_as_logarithms() -> None:
    rng = np.random.default_rng(3)
    model = ConditionalModel.fit(toy(rng, 1_000))
    assert model.fits["energy"].symmetriser.log
    z = model.standardise(toy(rng, 4_000))["energy"]
    # A Gaussian's skewness has the error sqrt(6 / 4000) = 0.04; of the raw energies it is 0.6.
    assert abs((z**3).mean()) < 0.2


@pytest.mark.parametrize("n", [50, 60, 200, 1000])
def test_few_showers_give_a_usable_fit(n: int) -> None:
    rng = np.random.default_rng(4)
    large = toy(rng, 5_000)
    model = ConditionalModel.fit(toy(rng, n))
    residuals = model.standardise(large)
    for name, z in residuals.items():
        # Terms over showers is at most 1 in 10: the mean is known to a third of a width, at the
        # edges of the conditions worse.
        assert abs(z.mean()) < 0.5, name
        assert 0.8 < z.std() < 1.6, name


def test_too_few_showers_is_an_error() -> None:
    with pytest.raises(ConditionsError, match="at least 50"):
        ConditionalModel.fit(toy(np.random.default_rng(5), 49))


def test_the_fit_is_deterministic_and_ignores_the_unit() -> None:
    table = toy(np.random.default_rng(6), 300)
    first = ConditionalModel.fit(table).standardise(table)
    again = ConditionalModel.fit(table).standardise(table)
    scaled = FeatureTable(table.conditions, {k: 1e-6 * v for k, v in table.scalars.items()}, {})
    other = ConditionalModel.fit(scaled).standardise(scaled)
    for name, z in first.items():
        np.testing.assert_array_equal(z, again[name])
        np.testing.assert_allclose(z, other[name], atol=1e-6)


def test_residuals_have_width_1_with_few_showers_too() -> None:
    rng = np.random.default_rng(8)
    own, new = [], []
    for _ in range(100):
        table, other = toy(rng, 60), toy(rng, 60)
        model = ConditionalModel.fit(table)
        own.append(model.standardise_fitted(table)["depth"].var())
        new.append(model.standardise(other)["depth"].var())
    # Five terms in 60 showers: if the errors of the fit did not count, 0.92 and at least 1.08. One
    # new sample scatters by 0.25, 100 of them by 0.025.
    assert np.mean(own) == pytest.approx(1, abs=0.001)
    assert np.mean(new) == pytest.approx(1, abs=0.1)


def test_studentised_residuals_of_a_plain_mean() -> None:
    # Without any dependence the leverage is 1/n and the residual (x - <x>) / (s sqrt(1 -+ 1/n)). The
    # logarithm of the variance has the variance 2/n, by which new residuals are divided too.
    rng = np.random.default_rng(7)
    n = 80
    particles = Conditions(np.full(n, 5e4), np.full(n, 1.57), np.zeros(n))
    table = FeatureTable(particles, {"x": rng.normal(0, 2, n)}, {})
    model, x = ConditionalModel.fit(table), table.scalars["x"]
    z = (x - x.mean()) / x.std(ddof=1)
    np.testing.assert_allclose(
        model.standardise_fitted(table)["x"], z / np.sqrt(1 - 1 / n), rtol=1e-6
    )
    expected = z / np.sqrt(1 + 1 / n) / np.exp(2 / n / 4)
    np.testing.assert_allclose(model.standardise(table)["x"], expected, rtol=1e-6)


def test_azimuth_within_the_stave() -> None:
    rng = np.random.default_rng(9)
    particles = conditions(rng, 2_000)
    folded = (particles.phi + np.pi / 12) % (np.pi / 6) - np.pi / 12
    x = 30 * np.sin(folded) + rng.normal(size=2_000)
    table = FeatureTable(particles, {"x": x}, {})
    with_staves = ConditionalModel.fit(table, staves=12).standardise(table)["x"]
    without = ConditionalModel.fit(table).standardise(table)["x"]
    outer = folded > np.pi / 16
    # The slope spreads x by 4.5 widths.
    assert abs(with_staves[outer].mean()) < 4 / outer.sum() ** 0.5
    assert without[outer].mean() > 1


def test_conditions_that_do_not_vary() -> None:
    rng = np.random.default_rng(10)
    n = 100
    particles = Conditions(
        np.full(n, 5e4) * (1 + 1e-8 * rng.normal(size=n)), np.full(n, 1.57), np.zeros(n)
    )
    table = FeatureTable(particles, {"x": rng.normal(3, 2, n)}, {})
    model = ConditionalModel.fit(table, staves=12)
    assert model.mean_terms.mix.shape[1] == 0
    x = table.scalars["x"]
    pulls_of_x = (x - x.mean()) / x.std(ddof=1) / np.sqrt(1 + 1 / n) / np.exp(1 / (2 * n))
    np.testing.assert_allclose(model.standardise(table)["x"], pulls_of_x, rtol=1e-6)


def test_beyond_the_reference_means_go_straight_on_and_widths_stay() -> None:
    rng = np.random.default_rng(11)
    model = ConditionalModel.fit(toy(rng, 500))
    end = model.mean_terms.high[0]
    at = Conditions(np.exp(end + np.array([0.0, 1.0, 2.0])), np.full(3, 1.57), np.zeros(3))
    terms = model.mean_terms(at)
    np.testing.assert_allclose(terms[2] - terms[1], terms[1] - terms[0])
    step = Conditions(np.exp(np.array([end - 1e-4])), np.array([1.57]), np.zeros(1))
    slope = (terms[0] - model.mean_terms(step)[0]) / 1e-4
    np.testing.assert_allclose(terms[1] - terms[0], slope, rtol=1e-3, atol=1e-3)
    widths = model.width_terms(at)
    np.testing.assert_allclose(widths, widths[:1].repeat(3, axis=0))


def test_an_energy_beyond_a_small_reference_is_no_outlier() -> None:
    rng = np.random.default_rng(14)
    worst = []
    for _ in range(20):
        model = ConditionalModel.fit(toy(rng, 60))
        new = toy(rng, 500)
        lower = new.conditions.energy < np.exp(model.mean_terms.low[0])
        worst += list(np.abs(model.standardise(new)["energy"][lower]))
    # An energy that is taken for twice as large is dozens of widths away.
    assert len(worst) > 50
    assert max(worst) < 10


def test_undefined_constant_and_rare_observables() -> None:
    rng = np.random.default_rng(12)
    particles = conditions(rng, 100)
    nothing, constant, some = np.full(100, np.nan), np.full(100, 7.0), rng.normal(5, 1, 100)
    rare = np.where(np.arange(100) < 10, some, np.nan)
    half = np.where(np.arange(100) < 60, some, np.nan)
    scalars = {"nothing": nothing, "constant": constant, "rare": rare, "half": half}
    residuals = ConditionalModel.fit(FeatureTable(particles, scalars, {})).standardise(
        FeatureTable(particles, {**scalars, "constant": np.full(100, 7.5)}, {})
    )
    assert np.isnan(residuals["nothing"]).all()
    np.testing.assert_allclose(residuals["constant"], 0.5)
    np.testing.assert_allclose(
        residuals["rare"][:10], (rare[:10] - rare[:10].mean()) / rare[:10].std()
    )
    assert np.isnan(residuals["half"][60:]).all()
    assert residuals["half"][:60].std() == pytest.approx(0.95, abs=0.1)


def test_showers_that_the_reference_does_not_know_are_far_but_finite() -> None:
    rng = np.random.default_rng(13)
    table = toy(rng, 500)
    model = ConditionalModel.fit(table)
    empty = FeatureTable(table.conditions, {k: np.zeros(500) for k in table.scalars}, {})
    for name, z in model.standardise(empty).items():
        assert np.isfinite(z).all()
        assert (z < -1).all(), name


def test_logarithm_goes_on_as_its_tangent() -> None:
    _, log = symmetrisers(np.array([2.0, 4.0, 8.0]))
    assert log(np.array([2.0, 0.0]))[1] == pytest.approx(np.log(2) - 1)
    x = np.linspace(-5, 10, 200)
    assert (np.diff(log(x)) > 0).all()
    np.testing.assert_allclose(np.gradient(log(x), x)[1:-1], log.slope(x)[1:-1], rtol=0.02)
    # With a zero the shift is a tenth of the median of what is positive.
    assert symmetrisers(np.array([0.0, 4.0, 4.0]))[1].shift == pytest.approx(0.4)
    assert len(symmetrisers(np.array([-1.0, 1.0]))) == len(symmetrisers(np.zeros(3))) == 1


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_reference_has_mean_0_and_width_1_everywhere(name: Any) -> None:
    detector = load_detector(name)
    showers = read_reference(None, detector).showers
    table = compute_features(showers, detector, all_observables())
    model = ConditionalModel.fit(table, staves=detector.staves.count)
    residuals = model.standardise_fitted(table)
    del residuals["centre_of_gravity_phi"]  # wraps around
    means, widths = pulls(table, residuals)
    # About 400 pulls of either kind a detector, beyond 4.5 by chance in one detector of 200.
    assert len(means) > 250
    assert np.abs(means).max() < 4.5
    assert np.abs(widths).max() < 4.5
    assert np.sqrt((means**2).mean()) < 1.2
    assert np.sqrt((widths**2).mean()) < 1.2
