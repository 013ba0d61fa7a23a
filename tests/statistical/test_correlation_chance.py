"""The number of correlations that differ by chance is that of permuted samples.

Seeds are fixed; tolerances are four standard deviations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.conditional.chance import Relabelled
from calobench.evaluation.conditional.correlations import matrix

pytestmark = pytest.mark.statistical

RUNS = 100


def test_neighbours_differ_together() -> None:
    """30 numbers that follow their neighbours: a Gaussian count of 1.2 is far too small, and too even."""
    rng = np.random.default_rng(6)

    def sample(n: Any) -> Any:
        steps = rng.standard_t(5, (n, 30))
        return np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, 31))

    observed, expected, p_values = [], [], []
    names = [str(k) for k in range(30)]
    for _ in range(RUNS):
        reference, model = sample(150), sample(250)
        relabelled = Relabelled.draw(150, 250, paired=False, rng=rng)
        result = matrix(
            "layers",
            names,
            reference,
            model,
            relabelled._replace(is_reference=relabelled.is_reference[:19]),
        )
        assert result.chance is not None
        observed.append(sum(abs(pull) > 3 for pull in result.pull))
        expected.append(result.chance.expected)
        p_values.append(result.chance.p_value)
    spread = np.std(observed) / RUNS**0.5
    # A Gaussian has 0.27 % of 435 pairs beyond 3, whatever is permuted.
    assert np.mean(expected) > 1.5 * 0.0027 * 435
    assert np.mean(expected) == pytest.approx(np.mean(observed), abs=4 * spread)
    assert np.mean(np.array(p_values) <= 0.1) < 0.1 + 4 * 0.03


def test_large_samples_are_judged_by_a_part_of_them() -> None:
    rng = np.random.default_rng(1)
    drawn = Relabelled.draw(4000, 10_000, paired=True, rng=rng)
    assert len(drawn.reference) + len(drawn.model) == pytest.approx(5000, abs=5)
    conditions = np.concatenate([drawn.reference, drawn.model % 4000])
    assert set(drawn.model % 4000) <= set(drawn.reference)
    # Within each condition one shower is the reference's.
    of_first = conditions == conditions[0]
    assert (drawn.is_reference[:, of_first].sum(axis=1) == 1).all()
