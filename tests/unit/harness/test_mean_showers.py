from __future__ import annotations

import numpy as np
import pytest

from calobench.harness.mean_showers import FractionSums, mean_showers
from calobench.showers import Conditions, Showers


def showers(n: int, seed: int) -> Showers:
    rng = np.random.default_rng(seed)
    energy = rng.gamma(1.0, 1.0, (n, 3, 4, 5)).astype(np.float32)
    energy[0] = 0
    conditions = Conditions(np.full(n, 1e4), np.full(n, 1.5), np.zeros(n))
    return Showers(energy, conditions)


def part(whole: Showers, which: slice) -> Showers:
    conditions = whole.conditions
    return Showers(
        whole.energy[which],
        Conditions(conditions.energy[which], conditions.theta[which], conditions.phi[which]),
    )


def test_fractions_are_averaged_over_showers_whatever_the_chunks() -> None:
    one, other = showers(40, 1), showers(30, 2)
    result = mean_showers(FractionSums.of(one), FractionSums.of(other))
    assert result is not None
    parts = [
        [FractionSums.of(part(sample, slice(*rows))) for rows in cuts]
        for sample, cuts in ((one, ((0, 7), (7, 40))), (other, ((0, 1), (1, 30))))
    ]
    assert mean_showers(*map(FractionSums.joined, parts)) == result
    # The first shower has no energy, and so no fractions.
    assert (result.reference.n, result.model.n) == (39, 29)
    energy = one.energy[1:].astype(float)
    fractions = energy / energy.sum(axis=(1, 2, 3), keepdims=True)
    rz = fractions.sum(axis=2)
    assert np.array(result.reference.rz) == pytest.approx(rz.mean(axis=0), rel=1e-3)
    assert np.array(result.reference.rz_error) == pytest.approx(
        rz.std(axis=0, ddof=1) / np.sqrt(39), rel=1e-3
    )
    assert np.array(result.reference.r_phi) == pytest.approx(
        fractions.sum(axis=3).mean(axis=0), rel=1e-3
    )
    assert np.array(result.model.rz).sum() == pytest.approx(1, rel=1e-3)


def test_too_few_showers_have_no_mean() -> None:
    # Of two, the first has no energy.
    assert mean_showers(FractionSums.of(showers(40, 1)), FractionSums.of(showers(2, 1))) is None


def test_joining_is_associative() -> None:
    a, b, c = (FractionSums.of(showers(9, seed)) for seed in (1, 2, 3))
    one = FractionSums.joined([FractionSums.joined([a, b]), c])
    other = FractionSums.joined([a, FractionSums.joined([b, c])])
    assert all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))
    assert one.image() == other.image()
