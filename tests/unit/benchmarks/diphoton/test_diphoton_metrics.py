"""Metrics of two photons against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from diphoton_factory import BINS, make_diphoton, make_pairs, make_singles

from calobench.benchmarks.diphoton.estimates import (
    log_resolution,
    mean_over_pairs,
    ratio_over_pairs,
)
from calobench.benchmarks.diphoton.metrics import diphoton_metrics
from calobench.benchmarks.diphoton.record import TurnonRecord


def test_mean_over_pairs_counts_pairs_and_not_bins() -> None:
    # Bins of a pair are all alike: six times the events, no more information.
    each = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    value, error = mean_over_pairs(np.repeat(each[:, None], 6, axis=1))
    assert value == pytest.approx(0.6)
    assert error == pytest.approx(np.sqrt(0.3 / 5))
    # Bins that oppose each other: no error at all.
    assert mean_over_pairs(np.stack([each, 1 - each], axis=1)) == (pytest.approx(0.5), 0.0)


def test_ratio_over_pairs_is_the_mean_where_all_is_defined() -> None:
    vectors = np.random.default_rng(1).normal(2, 1, (40, 5))
    result, expected = ratio_over_pairs(vectors), mean_over_pairs(vectors)
    assert result == pytest.approx(expected)


def test_ratio_over_pairs_is_covered_by_its_error() -> None:
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(400):
        own = rng.normal(0, 1, (150, 1))
        vectors = 0.3 + own + rng.normal(0, 1, (150, 4))
        # How often it is defined depends on the pair too.
        vectors[rng.random((150, 4)) < 0.2 + 0.4 * (own > 0)] = np.nan
        pulls.append(ratio_over_pairs(vectors))
    values, errors = np.array(pulls).T
    # The standard deviation of 400 values is known to 3.5 %.
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.12)
    assert ratio_over_pairs(np.full((9, 3), np.nan)) is None


@pytest.mark.parametrize("tail", [False, True])
def test_log_resolution_and_its_error(tail: bool) -> None:
    rng = np.random.default_rng(3)

    def sample() -> Any:
        return 0.9 + 0.05 * (rng.exponential(1, 600) if tail else rng.normal(0, 1, 600))

    values, errors = np.array([log_resolution(sample()) for _ in range(400)]).T
    mean, spread = (0.95, 0.05) if tail else (0.9, 0.05)
    assert values.mean() == pytest.approx(np.log(spread / mean), abs=0.02)
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.15)
    if not tail:
        assert errors.mean() == pytest.approx(
            (1 / 1200 + (spread / mean) ** 2 / 600) ** 0.5, rel=0.05
        )
    assert log_resolution(np.zeros(10)) is None
    assert log_resolution(np.ones(10)) is None


def test_the_record_has_each_metric_once_with_label_and_unit() -> None:
    record = make_diphoton().metrics
    names = [metric.name for metric in record.metrics]
    assert names == [column.name for column in record.columns]
    assert len(set(names)) == len(names) == 12
    assert (record.n, record.n_reference) == (500, 400)
    assert all(column.label for column in record.columns)
    units = {column.name: column.unit for column in record.columns}
    assert units["diphoton.half_separation"] == units["diphoton.separation"] == "mm"


def test_far_minus_near_sees_what_the_mean_does_not() -> None:
    tables = [make_pairs(60, 1) for _ in range(2)]
    # One more resolved pair near, one fewer far.
    near, far = tables[1].values["exactly_two"].reshape(-1, BINS)[:, [0, -1]].T
    assert (near.mean(), far.mean()) == (0, 1)
    moved = tables[1].values["exactly_two"].copy()
    moved[:: 10 * BINS], moved[BINS - 1 :: 10 * BINS] = 1, 0
    tables[1] = tables[1]._replace(values={**tables[1].values, "exactly_two": moved})
    singles = make_singles(120, 1), make_singles(120, 1)
    nowhere = TurnonRecord(reference_mm=None, model_mm=None)
    metrics = {m.name: m for m in diphoton_metrics(tuple(tables), singles, nowhere, BINS).metrics}
    mean = metrics["diphoton.exactly_two"]
    assert mean.value == mean.reference
    spread = metrics["diphoton.far_minus_near"]
    assert spread.value - spread.reference == pytest.approx(-2 * 6 / (60 * 3))
    assert "diphoton.half_separation" not in metrics
