from __future__ import annotations

import numpy as np
import pytest

from calobench.stats.peak import fit_peak

EDGES = np.linspace(0.08, 0.16, 33)


def histogram(values: np.ndarray) -> np.ndarray:
    return np.histogram(values, EDGES)[0].astype(float)


def test_a_gaussian_has_its_mean_and_width_although_tails_are_cut() -> None:
    rng, pulls = np.random.default_rng(1), []
    for _ in range(150):
        peak = fit_peak(EDGES, histogram(rng.normal(0.12, 0.008, 800)))
        assert peak is not None
        pulls.append(
            ((peak.mean - 0.12) / peak.mean_error, (peak.sigma - 0.008) / peak.sigma_error)
        )
    # 150 trials: means of pulls are known to 0.08, their spreads to 6 %.
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.35
    assert np.all((np.std(pulls, axis=0) > 0.75) & (np.std(pulls, axis=0) < 1.3))


def test_a_tail_does_not_widen_the_core() -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(0.12, 0.006, 20_000), rng.uniform(0.08, 0.12, 1_000)])
    peak = fit_peak(EDGES, histogram(values))
    assert peak is not None
    assert peak.sigma == pytest.approx(0.006, rel=0.06)
    assert values.std() > 0.0075
    inside = peak.per_bin(EDGES)
    assert inside.max() == pytest.approx(histogram(values).max(), rel=0.1)


@pytest.mark.parametrize("counts", [np.zeros(32), np.eye(32)[3] * 500, np.full(32, 0.5)])
def test_what_has_no_peak_has_no_fit(counts: np.ndarray) -> None:
    assert fit_peak(EDGES, counts) is None
