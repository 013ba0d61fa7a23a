"""Draws of the marginals matched to training showers, on Gaussians of known mean and covariance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from calobench.showers import Conditions
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.match import matched, with_map
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.standard import Standard, fit_standard
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import CONDITION_SIZE

RNG = np.random.default_rng(5)
_START = RNG.bit_generator.state
SLOT, SIZE = 2, 57


@pytest.fixture(autouse=True)
def _numbers_of_its_own() -> None:
    """A test draws the same numbers whichever tests a process ran before it."""
    RNG.bit_generator.state = _START


def conditions(n: int) -> Conditions:
    return Conditions(
        RNG.uniform(1e3, 1e5, n), RNG.uniform(0.87, 2.27, n), RNG.uniform(0, 2 * np.pi, n)
    )


def correlated(n: int) -> np.ndarray:
    """Vectors of which neighbours are correlated."""
    steps = RNG.normal(size=(n, SIZE)) * 0.3
    return np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, SIZE + 1)) - 3


def model(standard: Standard) -> MarginalsModel:
    """A denoiser that has learnt that all numbers are smaller and in another place than they are."""
    network = MarginalsNetwork(SIZE, CONDITION_SIZE, width=16, blocks=1)
    torch.nn.init.constant_(network.out.bias, 0.3)
    return MarginalsModel(network.eval(), standard)


def moments(of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return of.mean(axis=0), np.cov(of, rowvar=False)


def test_draws_have_the_mean_and_covariance_of_training_showers() -> None:
    vector, particles = correlated(4000), conditions(4000)
    standard = fit_standard({SLOT: (vector, particles)})
    before = model(standard)
    after = matched(before, {SLOT: (vector, particles)})
    truth = moments(standard.normalised(vector, particles, SLOT, np.random.default_rng(0)))
    noise = torch.randn(4000, SIZE, generator=torch.Generator().manual_seed(3))
    # In the numbers of the standardisation before: what is drawn is mapped by the new one alone.
    drawn = after.standard.restored(after.uncorrelated(particles, SLOT, noise), particles, SLOT)
    wrong = before.uncorrelated(particles, SLOT, noise)
    right = standard.normalised(drawn, particles, SLOT, np.random.default_rng(0))
    error = SIGMA_DATA / np.sqrt(4000)
    assert np.abs(moments(wrong)[0] - truth[0]).max() > 10 * error
    assert np.abs(moments(right)[0] - truth[0]).max() < 6 * error
    np.testing.assert_allclose(moments(right)[1], truth[1], atol=8 * error * SIGMA_DATA)


def test_draws_have_the_response_of_training_showers() -> None:
    """At any energy, as many are below any number: those that leak are a tail that is far from normal."""
    n = 40_000
    vector, particles = correlated(n), conditions(n)
    late = RNG.uniform(size=n) < 0.02
    vector[late, 0] -= RNG.exponential(2, late.sum())
    given = {SLOT: (vector, particles)}
    before = model(fit_standard(given))
    after = matched(before, given)
    noise = torch.randn(n, SIZE, generator=torch.Generator().manual_seed(3))

    def below(of: MarginalsModel, rows: np.ndarray) -> np.ndarray:
        restored = of.standard.restored(of.uncorrelated(particles, SLOT, noise), particles, SLOT)
        limits = np.quantile(vector[rows, 0], (0.005, 0.02, 0.16, 0.5, 0.84, 0.98))
        return (restored[rows, :1] < limits).mean(axis=0)

    shares = np.array([0.005, 0.02, 0.16, 0.5, 0.84, 0.98])
    for low, high in ((1e3, 2e4), (2e4, 6e4), (6e4, 1e5)):
        rows = (particles.energy >= low) & (particles.energy < high)
        error = np.sqrt(shares * (1 - shares) / rows.sum())
        assert np.abs((below(before, rows) - shares) / error).max() > 10
        assert np.abs((below(after, rows) - shares) / error).max() < 5
    changed = np.any(after.standard.quantiles != before.standard.quantiles, axis=(1, 2))
    assert np.flatnonzero(changed.any(axis=1)).tolist() == [SLOT]
    assert np.flatnonzero(changed[SLOT]).tolist() == [0]


def test_few_showers_leave_a_standardisation_that_is_inverted() -> None:
    """Knots that no draw reaches must not share a quantile: what is normalised is divided by its slope."""
    vector, particles = correlated(30), conditions(30)
    vector[:, 0] = np.round(vector[:, 0])
    narrow = model(fit_standard({SLOT: (vector, particles)}))
    torch.nn.init.constant_(narrow.network.out.bias, 1.5)
    after = matched(narrow, {SLOT: (vector, particles)}).standard
    assert np.all(np.diff(after.quantiles[SLOT, :, :, 0], axis=1) > 0)
    numbers = after.normalised(vector, particles, SLOT, np.random.default_rng(0))
    assert np.all(np.isfinite(numbers))


def test_what_was_right_is_left_alone() -> None:
    vector, particles = correlated(4000), conditions(4000)
    standard = fit_standard({SLOT: (vector, particles)})
    blank = MarginalsModel(MarginalsNetwork(SIZE, CONDITION_SIZE, 16, 1).eval(), standard)
    after = matched(blank, {SLOT: (vector, particles)}).standard
    # The best linear denoiser draws what the covariance says, but for the noise of 4,000 showers.
    assert np.abs(after.roots[SLOT] - standard.roots[SLOT]).max() < 0.1
    np.testing.assert_array_equal(after.roots[0], standard.roots[0])
    assert not after.offset[0].any()


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_mapped_standardisation_is_still_inverted(symmetric: bool) -> None:
    vector, particles = correlated(500), conditions(500)
    standard = fit_standard({SLOT: (vector, particles)})
    matrix = np.eye(SIZE) + 0.05 * RNG.normal(size=(SIZE, SIZE))
    matrix = (matrix + matrix.T) / 2 if symmetric else matrix
    shift = RNG.normal(size=SIZE)
    mapped = with_map(standard, SLOT, matrix, shift)
    numbers = RNG.normal(size=(500, SIZE)) * SIGMA_DATA
    np.testing.assert_allclose(
        mapped.restored(numbers, particles, SLOT),
        standard.restored((numbers / SIGMA_DATA @ matrix + shift) * SIGMA_DATA, particles, SLOT),
        atol=1e-4,
    )
    # Normal numbers beyond 4 are cut, by both.
    one, other = (
        each.restored(
            each.normalised(vector, particles, SLOT, np.random.default_rng(0)), particles, SLOT
        )
        for each in (mapped, standard)
    )
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_maps_follow_one_another() -> None:
    vector, particles = correlated(500), conditions(500)
    standard = fit_standard({SLOT: (vector, particles)})
    first, second = (
        (np.eye(SIZE) * factor, np.full(SIZE, shift)) for factor, shift in ((2, 0.1), (0.5, -0.05))
    )
    # u -> 2 u + .1 is undone by what comes before it: u -> u / 2 - .05.
    both = with_map(with_map(standard, SLOT, *first), SLOT, *second)
    np.testing.assert_allclose(both.roots[SLOT], standard.roots[SLOT], rtol=1e-6)
    np.testing.assert_allclose(both.offset[SLOT], 0, atol=1e-6)
