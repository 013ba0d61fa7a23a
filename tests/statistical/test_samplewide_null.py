"""Pulls of sample-wide quantities between samples that agree.

Every seed is fixed, so that a test passes always or never; tolerances are four standard deviations of
what they bound, as stated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toy_samples import make_sample, pulls

from calobench.evaluation.conditional.binned import Residuals, binned
from calobench.evaluation.conditional.bins import condition_axes
from calobench.evaluation.conditional.correlations import layer_correlations, matrix
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.stats.comoments import CoMoments

pytestmark = pytest.mark.statistical


@pytest.mark.parametrize(
    ("n_reference", "n_model", "wider", "scatter"),
    [(200, 1000, 0.06, 0.35), (1000, 200, 0.0, 0.28), (60, 60, 0.16, 0.54)],
)
def test_pulls_of_samples_that_agree(
    n_reference: int, n_model: int, wider: float, scatter: float
) -> None:
    # Of 100 runs with another seed: shifts 1.04 each, widths 1.08, 1.02 and 1.18 (with 60 showers
    # the logarithm of a width is not Gaussian); the mean of a run's width pulls scatters as given.
    rng = np.random.default_rng(3)
    shifts, widths = [], []
    for _ in range(25):
        reference, model = make_sample(rng, n_reference), make_sample(rng, n_model)
        residuals = Residuals.of(reference, model, ConditionalModel.fit(reference))
        for axis in condition_axes(reference.conditions, 0):
            bins = binned(axis, reference, model, residuals)
            shifts.append(pulls([bins], "shift", "shift_error"))
            widths.append(pulls([bins], "log_width_ratio", "log_width_ratio_error"))
    # Pulls of one run go together: from run to run their mean square scatters by 0.35 to 0.56, so
    # that the width of those of 25 runs is known to 0.035 to 0.055. Four times that.
    assert np.concatenate(shifts).std() == pytest.approx(1.02, abs=0.22)
    assert np.concatenate(widths).std() == pytest.approx(1.02 + wider, abs=0.22)
    assert abs(np.concatenate(widths).mean()) < 4 * scatter / 5


def test_correlations_of_samples_that_agree() -> None:
    rng = np.random.default_rng(7)
    counts: dict[str, list[Any]] = {"at_fixed_conditions": [], "layers": []}
    for _ in range(12):
        reference, model = make_sample(rng, 500), make_sample(rng, 700)
        residuals = Residuals.of(reference, model, ConditionalModel.fit(reference))
        counts["at_fixed_conditions"].append(
            matrix(
                "at_fixed_conditions",
                residuals.names,
                residuals.reference_spread,
                residuals.model,
            )
        )
        counts["layers"].append(layer_correlations(reference, model))
    for matrices in counts.values():
        every = np.concatenate([m.pull for m in matrices])
        # 72 or 180 pulls, those of a run correlated; Student's t with 38 degrees of freedom has a
        # width of 1.03. That of 72 is known to 8 %.
        assert np.std(every) == pytest.approx(1.03, abs=0.33)
        differences, expected = (
            np.sqrt(np.mean([getattr(m, field) ** 2 for m in matrices]))
            for field in ("rms_difference", "rms_expected")
        )
        assert differences / expected == pytest.approx(1, abs=0.33)


@pytest.mark.parametrize("shape", ["lognormal", "count", "wide"])
def test_pulls_of_samples_that_are_not_gaussian(shape: str) -> None:
    # Fisher's 1 / sqrt(N - 3) is off by up to a factor of two here.
    rng = np.random.default_rng(3)

    def sample() -> Any:
        common, own = rng.normal(size=(2, 400))
        if shape == "lognormal":
            return np.stack([np.exp(common), np.exp(0.7 * common + 0.7 * own)], axis=1)
        if shape == "count":
            return np.stack([common > 1, rng.poisson(np.exp(common / 2))], axis=1).astype(float)
        return np.stack([common, common * own], axis=1) * rng.standard_t(6, size=(400, 1))

    pulls = []
    for _ in range(150):
        a, b = (CoMoments.empty(2).with_showers(sample()).correlations() for _ in "ab")
        pulls.append((a.z - b.z)[0, 1] / np.hypot(a.error, b.error)[0, 1])
    # Student's t with 38 degrees of freedom has a width of 1.03, known to 6 % from 150.
    assert np.std(pulls) == pytest.approx(1.03, abs=0.2)
    assert abs(np.mean(pulls)) < 4 / np.sqrt(150)
