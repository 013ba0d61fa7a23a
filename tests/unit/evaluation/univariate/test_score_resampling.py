"""Replicas keep the sizes and the pairing."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.stats import resampling
from calobench.stats.resampling import bootstrap


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n_model", [1, 7, 20, 50, 60])
def test_sizes_are_kept(rng: np.random.Generator, paired: bool, n_model: int) -> None:
    both = bootstrap(20, n_model, paired=paired, replicas=30, rng=rng)
    assert both.reference.shape == (30, 20)
    assert both.model.shape == (30, n_model)
    assert (both.reference.sum(axis=1) == 20).all()
    assert (both.model.sum(axis=1) == n_model).all()


def test_paired_bootstrap_draws_whole_conditions(rng: np.random.Generator) -> None:
    replicas = bootstrap(20, 50, paired=True, replicas=10, rng=rng)
    np.testing.assert_array_equal(replicas.model[:, :20], replicas.reference)
    np.testing.assert_array_equal(replicas.model[:, 20:40], replicas.reference)
    np.testing.assert_array_equal(replicas.model[:, 40:], replicas.reference[:, :10])


def test_unpaired_bootstrap_draws_samples_apart(rng: np.random.Generator) -> None:
    replicas = bootstrap(20, 20, paired=False, replicas=10, rng=rng)
    assert (replicas.model != replicas.reference).any()


def test_showers_are_equally_likely(rng: np.random.Generator) -> None:
    # 20000 draws of each shower: five standard deviations of a Poisson are 3.5 %.
    replicas = bootstrap(10, 10, paired=False, replicas=20_000, rng=rng)
    np.testing.assert_allclose(replicas.reference.sum(axis=0), 20_000, rtol=0.035)


def test_blocks_are_the_replicas_in_order(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "BLOCK", 100)
    replicas = bootstrap(20, 10, paired=False, replicas=11, rng=rng)
    blocks = list(replicas.blocks())
    assert len(blocks) == 4
    np.testing.assert_array_equal(np.concatenate([b.reference for b in blocks]), replicas.reference)
    np.testing.assert_array_equal(np.concatenate([b.model for b in blocks]), replicas.model)
