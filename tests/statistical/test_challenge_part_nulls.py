"""False-alarm rates and coverage of the unbiased scores of the CaloChallenge protocol."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from calobench.benchmarks.calochallenge.classifiers.judging import judge, measure, p_value
from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs, rotations
from calobench.benchmarks.calochallenge.distances import unbiased_distances


def test_distances_of_samples_that_agree_are_called_different_in_one_of_twenty() -> None:
    """200 trials at alpha .05: at most 19 alarms with a probability of 0.997; mean 0 within errors."""
    rng = np.random.default_rng(1)
    mix = rng.normal(size=(6, 6))
    trials = []
    for _ in range(200):
        first, second = rng.normal(size=(2, 60, 6)) @ mix
        trials.append(unbiased_distances(first, second, 39, rng))
    for scores in zip(*trials, strict=True):
        values = np.array([score.value for score in scores])
        assert sum(score.p_value <= 0.05 for score in scores) <= 19
        assert abs(values.mean()) < 3 * values.std() / 200**0.5
        covered = np.mean([abs(score.value) <= score.error for score in scores])
        assert 0.55 < covered < 0.98


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_errors_of_classifiers_cover_and_their_p_values_hold(shift: float) -> None:
    """A classifier that knows the answer, 300 samples of 200: the interval of one error covers two in
    three of the true area, where there is none 5 % are called different, at most."""
    rng = np.random.default_rng(2)
    labels = np.arange(400) < 200
    truth = norm.cdf(shift / 2**0.5)
    inside, alarms = [], []
    for _ in range(300):
        outputs = rng.normal(size=400) + shift * labels
        splits = rotations(labels, rng)
        scores = [judge(Outputs(outputs[s.select], outputs[s.report], 1), s) for s in splits]
        areas = [one.auc for one in scores]
        one = measure(areas, areas)
        # Calibration joins outputs to steps, which costs a little of the area.
        inside.append(abs(one.value - truth) <= 2 * one.error)
        alarms.append(p_value(scores) <= 0.05)
    assert np.mean(inside) > 0.9
    if shift == 0:
        assert np.mean(alarms) <= 0.05
    if shift == 1:
        assert np.mean(alarms) > 0.99
