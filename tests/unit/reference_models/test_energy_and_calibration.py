"""The visible-energy model and the cell calibration against known distributions."""

from __future__ import annotations

import numpy as np
import pytest

from reference_models.marginals.cells import fit_cells
from reference_models.marginals.energy import VisibleEnergyModel, fit_visible_energy
from reference_models.marginals.shares import (
    ShareCalibration,
    design_of,
    fit_shares,
    ring_layer_sums,
    scaled,
)

STOCHASTIC, CONSTANT = 4.0, 0.01
ENERGY = np.linspace(1e3, 1e5, 300)


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """4,000 showers of response 0.1 (1 + 0.02 ln(E / 30 GeV)) with a known resolution."""
    rng = np.random.default_rng(7)
    energy = rng.uniform(1e3, 1e5, 4000)
    theta = rng.uniform(0.87, 2.27, 4000)
    deviation = np.sqrt(STOCHASTIC**2 / energy + CONSTANT**2)
    response = 0.1 * (1 + 0.02 * np.log(energy / 30e3)) * (1 + deviation * rng.normal(size=4000))
    cells = rng.random((4000, 3, 4, 5)).astype(np.float32)
    cells *= (energy * response / cells.sum(axis=(1, 2, 3)))[:, None, None, None]
    return cells.astype(np.float32), energy, theta


@pytest.fixture(scope="module")
def fitted(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> VisibleEnergyModel:
    cells, energy, theta = sample
    return fit_visible_energy({1: cells}, {1: energy}, {1: theta}, slots=3)


def test_resolution_terms_are_found(fitted: VisibleEnergyModel) -> None:
    assert fitted.noise[1, 0] == pytest.approx(STOCHASTIC, rel=0.05)
    assert fitted.noise[1, 1] == pytest.approx(CONSTANT, rel=0.1)


def test_response_and_resolution_come_back(fitted: VisibleEnergyModel, sample) -> None:
    cells, energy, theta = sample
    wrong = cells * 3
    found = fitted.rescale(wrong, energy, theta, 1, np.random.default_rng(1))
    for low, high in ((1e3, 1e4), (1e4, 4e4), (4e4, 1e5)):
        inside = (energy >= low) & (energy < high)
        ours = found[inside].sum(axis=(1, 2, 3), dtype=float) / energy[inside]
        truth = cells[inside].sum(axis=(1, 2, 3), dtype=float) / energy[inside]
        # Four standard errors of a difference of two independent samples.
        error = 4 * truth.std() * np.sqrt(2 / inside.sum())
        assert ours.mean() == pytest.approx(truth.mean(), abs=error)
        assert ours.std() == pytest.approx(truth.std(), rel=0.12)


def test_shapes_are_kept_and_empty_showers_stay_empty(fitted: VisibleEnergyModel, sample) -> None:
    cells, energy, theta = (array[:3].copy() for array in sample)
    cells[1] = 0
    found = fitted.rescale(cells, energy, theta, 1, np.random.default_rng(1))
    assert (found[1] == 0).all()
    ratio = found[0] / cells[0]
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-5)


def test_a_slot_without_showers_gets_the_others(fitted: VisibleEnergyModel) -> None:
    np.testing.assert_allclose(fitted.mean[0], fitted.mean[1])


def test_calibration_gives_the_target_spectrum() -> None:
    rng = np.random.default_rng(3)
    size = (300, 2, 16, 10)
    filled = rng.random(size) < 0.5
    ours = (np.exp(rng.normal(0.3, 1.4, size)) * filled).astype(np.float32)
    truth = (np.exp(rng.normal(0.0, 1.0, size)) * filled).astype(np.float32)
    centre = np.zeros((300, 2, 1, 10), np.float32)
    tables = fit_cells({0: ours}, {0: truth}, {0: centre}, {0: ENERGY}, slots=2, cut_mev=1e-6)
    found = tables.apply(ours, centre, ENERGY, 0)
    np.testing.assert_array_equal(found > 0, ours > 0)
    logs = np.log(found[filled])
    assert logs.mean() == pytest.approx(0.0, abs=0.02)
    assert logs.std() == pytest.approx(1.0, abs=0.02)
    # Monotone within a region: the order of the cells is kept.
    order = np.argsort(ours[0, 0, :, :5].ravel(), kind="stable")
    assert (np.diff(found[0, 0, :, :5].ravel()[order]) >= 0).all()


def test_calibration_of_an_unseen_slot_is_the_identity() -> None:
    cells = np.random.default_rng(4).random((300, 2, 16, 10)).astype(np.float32)
    centre = np.zeros((300, 2, 1, 10), np.float32)
    tables = fit_cells({0: cells}, {0: cells}, {0: centre}, {0: ENERGY}, slots=2, cut_mev=0)
    np.testing.assert_allclose(tables.apply(cells, centre, ENERGY, 1), cells, rtol=1e-4)


def calibrated(step: ShareCalibration, cells, energy, theta, slot: int) -> np.ndarray:
    factors = step.factors(ring_layer_sums(cells), design_of(energy, theta), slot)
    return scaled(cells, factors)


@pytest.mark.parametrize("part", ["layers", "rings"])
def test_shares_get_the_target_moments(part) -> None:
    rng = np.random.default_rng(5)
    energy, theta = rng.uniform(1e3, 1e5, 3000), rng.uniform(0.9, 2.2, 3000)

    def showers(spread: float, tilt: float) -> np.ndarray:
        size = (3000, 4, 1, 1) if part == "rings" else (3000, 1, 1, 6)
        shape = np.arange(1, max(size[1], size[3]) + 1).reshape(1, size[1], 1, size[3])
        logs = spread * rng.normal(size=size) - tilt * shape
        return (np.exp(logs) * np.ones((1, 4, 3, 6))).astype(np.float32)

    def log_shares(cells: np.ndarray) -> np.ndarray:
        summed = cells.sum(axis=(2, 3) if part == "rings" else (1, 2), dtype=float)
        return np.log(summed / summed.sum(axis=1, keepdims=True))

    ours, truth = showers(0.4, 0.3), showers(0.2, 0.4)
    step = ShareCalibration(
        part,
        fit_shares(part, {0: ours}, {0: energy}, {0: theta}, 2),
        fit_shares(part, {0: truth}, {0: energy}, {0: theta}, 2),
    )
    found, wanted = log_shares(calibrated(step, ours, energy, theta, 0)), log_shares(truth)
    # The shares have to add up to one, so the moments are met nearly but not exactly.
    np.testing.assert_allclose(found.mean(axis=0), wanted.mean(axis=0), atol=0.04)
    np.testing.assert_allclose(found.std(axis=0), wanted.std(axis=0), rtol=0.25)
    np.testing.assert_allclose(calibrated(step, ours, energy, theta, 1), ours)


def test_empty_showers_stay_empty_and_finite() -> None:
    cells = np.zeros((40, 4, 3, 6), np.float32)
    cells[:35] = 1
    energy, theta = np.linspace(1e3, 1e5, 40), np.full(40, 1.5)
    moments = fit_shares("rings", {0: cells}, {0: energy}, {0: theta}, 1)
    found = calibrated(ShareCalibration("rings", moments, moments), cells, energy, theta, 0)
    np.testing.assert_allclose(found, cells, rtol=1e-5)
