"""Defects put into cells: each changes what its name says, and keeps everything else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calobench.showers import Conditions, Showers

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

from defects import DEFECTS
from hidden_defects import HIDDEN_DEFECTS, defects_with

BY_NAME = {defect.name: defect for defect in DEFECTS + HIDDEN_DEFECTS}
SHAPE = (9, 16, 45)


@pytest.fixture(scope="module")
def showers() -> Showers:
    rng = np.random.default_rng(1)
    n = 400
    conditions = Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.87, 2.27, n), rng.uniform(0, 2 * np.pi, n)
    )
    r, _, z = np.meshgrid(*(np.arange(k) for k in SHAPE), indexing="ij")
    mean = np.exp(-r / 1.2) * (z + 1) ** 2 * np.exp(-z / 4)
    mean *= 0.03 / mean.sum()
    # Layers fluctuate together in early and in late showers.
    early = rng.standard_normal((n, 1, 1, 1)) * (10 - z) / 40
    cells = mean * conditions.energy[:, None, None, None] * np.exp(early)
    cells = cells * rng.gamma(0.5, 2.0, cells.shape)
    return Showers(np.where(cells > 0.01, cells, 0).astype(np.float32), conditions)


def injected(showers: Showers, name: Any) -> Any:
    return BY_NAME[name].inject(showers, np.random.default_rng(2))


def total(showers: Showers) -> Any:
    return showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)


@pytest.mark.parametrize("name", BY_NAME)
def test_defect_leaves_the_original_and_the_conditions_alone(showers: Showers, name: Any) -> None:
    before = showers.energy.copy()
    after = injected(showers, name)
    np.testing.assert_array_equal(showers.energy, before)
    np.testing.assert_array_equal(after.conditions.energy, showers.conditions.energy)
    assert after.energy.shape == before.shape
    assert after.energy.dtype == np.float32
    assert (after.energy >= 0).all()


def test_scale_and_resolution(showers: Showers) -> None:
    np.testing.assert_allclose(
        total(injected(showers, "energy scale +2 %")), 1.02 * total(showers), 1e-5
    )
    wide = injected(showers, "resolution +20 %")
    x, c = np.log(showers.conditions.energy / 3e4), np.cos(showers.conditions.theta)
    terms = np.stack([np.ones_like(x), x, x**2, x**3, x**4, c, c**2, c * x], axis=1)
    residuals = []
    for sample in (showers, wide):
        response = total(sample) / sample.conditions.energy
        residuals.append(response - terms @ np.linalg.lstsq(terms, response, rcond=None)[0])
    np.testing.assert_allclose(residuals[1], 1.2 * residuals[0], atol=1e-6)


def test_half_a_layer_and_five_per_cent_of_the_radius(showers: Showers) -> None:
    def mean(sample: Any, axis: Any) -> float:
        profile = sample.energy.sum(axis=tuple({0, 1, 2, 3} - {axis}), dtype=np.float64)
        return float((profile * (np.arange(len(profile)) + 0.5)).sum() / profile.sum())

    deeper, wider = (
        injected(showers, name) for name in ("half a layer deeper", "5 % wider in radius")
    )
    assert mean(deeper, 3) - mean(showers, 3) == pytest.approx(0.5, abs=0.1)
    assert mean(wider, 1) / mean(showers, 1) == pytest.approx(1.05, abs=0.005)
    np.testing.assert_allclose(total(wider), total(showers), rtol=1e-5)


def test_dropped_and_noisy_cells(showers: Showers) -> None:
    small = (showers.energy > 0) & (showers.energy < 0.1)
    dropped = injected(showers, "10 % of cells below 0.1 MeV dropped").energy
    assert (dropped[small] == 0).mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(dropped[~small], showers.energy[~small])
    added = injected(showers, "noise in one cell of 1,000").energy - showers.energy
    assert (added > 0).mean() == pytest.approx(1e-3, rel=0.1)
    assert added.max() < 0.11


def test_showers_of_a_library_are_scaled(showers: Showers) -> None:
    after = injected(showers, "100 distinct showers, scaled in energy")
    fractions = np.sort(total(after) / after.conditions.energy)
    assert 1 + (np.diff(fractions) > 1e-5 * fractions[1:]).sum() <= 100
    assert BY_NAME["100 distinct showers repeated"].repeats == 100


def test_theta_is_permuted_among_showers_of_similar_energy(showers: Showers) -> None:
    after = injected(showers, "theta ignored").conditions
    before = showers.conditions
    assert sorted(after.theta) == sorted(before.theta)
    assert abs(np.corrcoef(after.theta, before.theta)[0, 1]) < 0.3


def test_asymmetry_is_a_wave_of_five_per_cent(showers: Showers) -> None:
    ratio = injected(showers, "5 % asymmetry in azimuth").energy.sum(axis=(0, 1, 3))
    ratio = ratio / showers.energy.sum(axis=(0, 1, 3))
    phi = (np.arange(16) + 0.5) * np.pi / 8 - np.pi
    np.testing.assert_allclose(ratio, 1 + 0.05 * np.cos(phi), rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "together"),
    [("layers uncorrelated", 1), ("groups of five layers uncorrelated", 5)],
)
def test_shuffled_layers_keep_energy_and_marginals_but_not_correlations(
    showers: Showers, name: str, together: int
) -> None:
    after = injected(showers, name)
    np.testing.assert_allclose(total(after), total(showers), rtol=1e-4)

    def groups(sample: Any) -> Any:
        layers = sample.energy.sum(axis=(1, 2), dtype=np.float64)
        fractions = layers / layers.sum(axis=1, keepdims=True)
        return fractions.reshape(len(fractions), -1, together).sum(axis=2)

    first, second = groups(showers), groups(after)
    np.testing.assert_allclose(second.mean(axis=0), first.mean(axis=0), rtol=0.05, atol=1e-4)
    a, b = (2, 14) if together == 1 else (0, 3)
    before = np.corrcoef(first[:, a], first[:, b])[0, 1]
    assert abs(np.corrcoef(second[:, a], second[:, b])[0, 1]) < abs(before) / 2


def changed(showers: Showers, name: Any) -> Any:
    """Showers that a defect changed."""
    return np.abs(injected(showers, name).energy - showers.energy).max(axis=(1, 2, 3)) > 0


def test_defects_of_a_few_showers_are_of_so_many(showers: Showers) -> None:
    assert changed(showers, "1 % of showers at 0.8 of their energy").sum() == 4
    assert changed(showers, "a dead layer in 10 % of showers").sum() == 40
    ratio = total(injected(showers, "1 % of showers at 0.8 of their energy")) / total(showers)
    np.testing.assert_allclose(np.unique(ratio.round(4)), [0.8, 1])


def test_twisted_layers_keep_every_layer_and_lose_their_neighbours(showers: Showers) -> None:
    after = injected(showers, "layers twisted by a sector")
    np.testing.assert_allclose(
        np.sort(after.energy, axis=2), np.sort(showers.energy, axis=2), err_msg="cells of a layer"
    )
    assert changed(showers, "layers twisted by a sector").all()


def test_faults_of_a_corner_are_in_the_corner(showers: Showers) -> None:
    corner = (showers.conditions.energy > 7.5e4) & (showers.conditions.theta < 1.25)
    np.testing.assert_array_equal(changed(showers, "no tail in a corner of E and theta"), corner)
    theta = injected(showers, "theta ignored in that corner").conditions.theta
    moved = theta != showers.conditions.theta
    assert moved[corner].mean() > 0.8
    np.testing.assert_allclose(np.sort(theta), np.sort(showers.conditions.theta))


def test_showers_from_elsewhere_are_of_so_many(showers: Showers) -> None:
    rng = np.random.default_rng(3)
    foreign = Showers(np.roll(showers.energy, 5, axis=3), showers.conditions)
    defects = {defect.name: defect for defect in defects_with(showers, foreign)}
    for name, number in (
        ("2 % of showers from another detector", 8),
        ("the same, with the right energy", 8),
        ("5 % near copies of the reference", 20),
    ):
        after = defects[name].inject(showers, rng)
        assert (np.abs(after.energy - showers.energy).max(axis=(1, 2, 3)) > 0).sum() == number, name
    replay = defects["the reference replayed"].inject(showers, rng)
    np.testing.assert_array_equal(replay.energy, showers.energy)
