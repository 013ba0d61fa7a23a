"""The nulls and errors of the CaloChallenge rows, against simulation. Seeds are fixed.

Each check alone would fail by chance less than once in 1,000 seeds.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from calobench.benchmarks.calochallenge.resampling import (
    BlockPlan,
    Draws,
    Resampled,
    SampleBlocks,
    resample,
)
from calobench.benchmarks.calochallenge.separation import in_range, separation

pytestmark = pytest.mark.statistical

LAYERS, BINS = 3, 20


def correlated_codes(n: int, rng: np.random.Generator, shift: float = 0.0) -> np.ndarray:
    """Bins of three correlated numbers, with entries outside on both sides."""
    common = rng.normal(size=(n, 1))
    values = shift + 0.8 * common + 0.6 * rng.normal(size=(n, LAYERS))
    return np.searchsorted(np.linspace(-2, 2, BINS + 1), values).astype(np.uint8)


def compare(
    reference: np.ndarray, generated: np.ndarray, rng: np.random.Generator, *, outside: bool
) -> Resampled:
    plan = BlockPlan.of(len(reference), len(generated), rng)
    pair = zip((reference, generated), (plan.reference, plan.generated), strict=True)
    of_reference, of_generated = (
        SampleBlocks.from_codes(codes, block, BINS) for codes, block in pair
    )
    result = resample(of_reference, of_generated, Draws.of(plan.sizes, 99, rng))
    score = result.complete if outside else result.as_published
    assert score is not None
    return score


@pytest.mark.parametrize(("n", "m", "outside"), [(700, 700, False), (300, 2000, True)])
def test_permutation_p_values_are_flat(n: int, m: int, outside: bool) -> None:
    """200 comparisons of equal things: 5 % have p <= 0.05, the null's mean is the mean of the values."""
    rng = np.random.default_rng(n + outside)
    draws = [
        compare(correlated_codes(n, rng), correlated_codes(m, rng), rng, outside=outside)
        for _ in range(200)
    ]
    p_values = np.array([one.p_value for one in draws])
    for level in (0.05, 0.5):
        spread = np.sqrt(level * (1 - level) / len(p_values))
        assert np.mean(p_values <= level) == pytest.approx(level, abs=3.3 * spread)
    values = np.array([one.value for one in draws])
    null = np.mean([one.null_mean for one in draws])
    assert values.mean() == pytest.approx(null, abs=3.3 * values.std() / np.sqrt(len(values)))


def test_cells_of_a_shower_do_not_count_as_independent() -> None:
    """Cells share their shower's scale: the textbook chi2 gives false alarms, permuting showers does not."""
    rng = np.random.default_rng(7)
    edges = np.linspace(-2, 2, BINS + 1)
    p_values, naive = [], []
    for _ in range(120):
        samples = []
        for n in (300, 300):
            cells = rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, 40))
            codes = np.searchsorted(edges, cells)
            counts = np.zeros((n, BINS + 2), np.uint16)
            np.add.at(counts, (np.arange(n)[:, None], codes), 1)
            samples.append(counts)
        plan = BlockPlan.of(300, 300, rng)
        first, second = (
            SampleBlocks.from_counts(counts, block)
            for counts, block in zip(samples, (plan.reference, plan.generated), strict=True)
        )
        result = resample(first, second, Draws.of(plan.sizes, 99, rng)).as_published
        assert result is not None
        p_values.append(result.p_value)
        totals = [in_range(sample.sum(axis=0).astype(float)) for sample in samples]
        scale = sum(1 / total.sum() for total in totals) / 4
        naive.append(chi2.sf(float(separation(*totals)) / scale, BINS - 1))
    # Ten times as often as it says.
    assert np.mean(np.array(naive) <= 0.05) > 0.5
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=3.3 * 0.0199)


def test_bootstrap_error_is_the_spread_of_repetitions() -> None:
    """Shifted by 0.3 standard deviations, N = 3,000: quoted error within 25 % of the true spread."""
    rng = np.random.default_rng(8)
    scores = [
        compare(correlated_codes(3000, rng), correlated_codes(3000, rng, 0.3), rng, outside=True)
        for _ in range(100)
    ]
    spread = np.std([one.value for one in scores], ddof=1)
    quoted = np.mean([one.error for one in scores])
    assert quoted == pytest.approx(spread, rel=0.25)
    assert all(one.p_value == 0.01 for one in scores)


def test_layers_of_a_row_are_correlated_in_its_null() -> None:
    """With copies of one layer the null of the mean is as wide as that of a single one."""
    rng = np.random.default_rng(9)
    reference, generated = (correlated_codes(1000, rng)[:, :1] for _ in "ab")
    wide, other = (np.repeat(codes, 8, axis=1) for codes in (reference, generated))
    one = compare(reference, generated, np.random.default_rng(1), outside=True)
    many = compare(wide, other, np.random.default_rng(1), outside=True)
    assert many == pytest.approx(one)
    # A normal law for independent layers would be narrower by the root of 8.
    above = (one.null_95 - one.null_mean) / norm.ppf(0.95)
    assert (many.null_95 - many.null_mean) / norm.ppf(0.95) == pytest.approx(above)
