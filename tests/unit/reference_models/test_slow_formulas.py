"""The fast post-processing gives what its formulas give, written out one region or part at a time."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.showers import Conditions
from reference_models.inference.arrays import restorers
from reference_models.marginals.calibration import Calibration, ShowerSample
from reference_models.marginals.cells import ENERGY_EDGES_MEV, LAYERS_A_GROUP
from reference_models.marginals.shares import Moments
from reference_models.weights_io import WEIGHTS_DIR, FinishedModel, load_model

PIVOT_MEV = 30e3
N = 24


@pytest.fixture(scope="module")
def model() -> FinishedModel:
    return load_model(WEIGHTS_DIR / "edm_dit_distilled.safetensors")


@pytest.fixture(scope="module")
def calibration(model: FinishedModel) -> Calibration:
    return model.calibrations["distilled"]


def sample_of(model: FinishedModel, slot: int) -> ShowerSample:
    """Showers of all energies with empty cells, one of them empty altogether."""
    rng = np.random.default_rng(slot)
    energy, theta = rng.uniform(1e3, 1e5, N), rng.uniform(0.87, 2.27, N)
    restorer = restorers(model.transform)[slot]
    centre = restorer.centre(energy)
    x = rng.normal(0, 0.5, (N, 9, 16, 45)).astype(np.float32)
    showers = restorer.restore(x, centre)
    showers[3], showers[4, 2], showers[5, :, :, 7] = 0, 0, 0
    return ShowerSample(showers, centre, energy, theta)


def slow_cells(calibration: Calibration, sample: ShowerSample, slot: int) -> np.ndarray:
    tables = calibration.cells
    bins = np.searchsorted(ENERGY_EDGES_MEV, sample.energy)
    out = np.zeros_like(sample.showers)
    for (n, ring, _, layer), energy in np.ndenumerate(sample.showers):
        if energy > 0:
            place = slot, bins[n], ring, layer // LAYERS_A_GROUP
            expected = float(sample.centre[n, ring, 0, layer])
            value = np.log(float(energy)) - expected
            mapped = np.interp(value, tables.source[place], tables.target[place])
            out[n, ring, _, layer] = np.exp(mapped + expected)
    return out


def moments_at(moments: Moments, slot: int, part: int, u: float, oblique: float) -> tuple:
    mean = moments.mean[slot, part] @ [1, u, u**2, oblique]
    return mean, np.exp(moments.log_deviation[slot, part] @ [1, u])


def slow_shares(calibration: Calibration, sample: ShowerSample, slot: int) -> np.ndarray:
    showers = sample.showers.astype(np.float64)
    for step in calibration.shares:
        for n in range(N):
            u, oblique = np.log(sample.energy[n] / PIVOT_MEV), 1 - np.sin(sample.theta[n])
            parts = showers[n] if step.part == "rings" else np.moveaxis(showers[n], 2, 0)
            summed = parts.sum(axis=(1, 2))
            for k in np.flatnonzero(summed):
                share = np.log(summed[k] / summed.sum())
                mean, deviation = moments_at(step.source, slot, k, u, oblique)
                new_mean, new_deviation = moments_at(step.target, slot, k, u, oblique)
                change = new_mean + (share - mean) * new_deviation / deviation - share
                parts[k] *= np.exp(np.clip(change, -np.log(3), np.log(3)))
    return showers


@pytest.mark.parametrize("slot", [1, 4])
def test_cells(model: FinishedModel, calibration: Calibration, slot: int) -> None:
    sample = sample_of(model, slot)
    few = ShowerSample(sample.showers[:8], sample.centre[:8], sample.energy[:8], sample.theta[:8])
    found = calibration.cells.apply(few.showers, few.centre, few.energy, slot)
    expected = slow_cells(calibration, few, slot)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found > 0, expected > 0)
    np.testing.assert_allclose(found, expected, rtol=2e-5)


@pytest.mark.parametrize("slot", [1, 4])
def test_shares(model: FinishedModel, calibration: Calibration, slot: int) -> None:
    sample = sample_of(model, slot)
    mapped = calibration.cells.apply(sample.showers, sample.centre, sample.energy, slot)
    found = calibration.apply(sample, slot)
    known = (sample.centre, sample.energy, sample.theta)
    expected = slow_shares(calibration, ShowerSample(mapped, *known), slot)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("slot", [1, 4])
def test_visible_energy(model: FinishedModel, slot: int) -> None:
    sample, tables = sample_of(model, slot), model.energy
    energy, theta = sample.energy, sample.theta
    found = tables.rescale(sample.showers, energy, theta, slot, np.random.default_rng(9))
    uniform = np.random.default_rng(9).random(N)
    cells = sample.showers.astype(np.float64)
    for n in range(N):
        total = cells[n].sum()
        if total == 0:
            assert (found[n] == 0).all()
            continue
        u, oblique = np.log(energy[n] / PIVOT_MEV), 1 - np.sin(theta[n])
        late = cells[n].sum(axis=(0, 1)) @ np.arange(45) / total
        late -= tables.depth[slot] @ [1, u, oblique]
        mean = tables.mean[slot] @ [1, u, u**2, oblique, oblique**2, late, late * u]
        noise, constant = tables.noise[slot]
        residual = np.interp(uniform[n], (np.arange(41) + 0.5) / 41, tables.quantiles[slot])
        deviation = np.hypot(noise / np.sqrt(energy[n]), constant)
        target = energy[n] * max(mean * (1 + deviation * residual), 0)
        np.testing.assert_allclose(found[n], cells[n] * target / total, rtol=1e-5)


def test_a_shower_does_not_depend_on_its_batch(
    model: FinishedModel, calibration: Calibration
) -> None:
    sample = sample_of(model, 2)
    together = calibration.apply(sample, 2)
    for n in range(0, N, 5):
        rows = slice(n, n + 1)
        alone = ShowerSample(
            sample.showers[rows], sample.centre[rows], sample.energy[rows], sample.theta[rows]
        )
        np.testing.assert_allclose(calibration.apply(alone, 2)[0], together[n], rtol=1e-6)


def test_slots_are_those_of_the_conditions() -> None:
    # The one-hot slot is the same number in the tables and in the network's conditions.
    from reference_models.inference.arrays import encode

    one = Conditions(np.array([5e4]), np.array([1.5]), np.array([0.0]))
    assert [int(np.flatnonzero(encode(one, slot)[0, 5:])[0]) for slot in range(5)] == [*range(5)]
