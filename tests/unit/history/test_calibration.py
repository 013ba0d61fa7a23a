"""The published calibration of change points: the level is kept, and a site of 1,000 runs is quick."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from calobench.history.trends import ALPHA

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs/results/history.json").read_text())
    return document


def test_no_change_is_called_one_no_more_often_than_is_said(result: dict[str, Any]) -> None:
    """More than 99.9 % of chance gives at the level would say that it is not kept."""
    assert result["alpha"] == ALPHA
    assert len(result["false_alarms"]) == 15
    for row in result["false_alarms"]:
        for looked in ("one score at 1 %", "all scores"):
            rate = row[looked]
            assert rate["of"] == 1000
            assert rate["called"] <= binom.ppf(0.999, rate["of"], 0.01), (row, looked)


def test_clear_steps_are_found_where_they_are(result: dict[str, Any]) -> None:
    row = max(result["power"], key=lambda one: (one["runs"], one["after"], one["step"]))
    assert (row["runs"], row["step"]) == (50, 3)
    assert row["within_2_runs"] > 0.95 * row["of"]


def test_one_run_more_takes_at_most_two_seconds(result: dict[str, Any]) -> None:
    """CPU time, which is the wall time on an idle machine."""
    for row in result["site"]:
        assert row["runs"] == 1000
        assert row["one run more"]["cpu_s"] <= 2
