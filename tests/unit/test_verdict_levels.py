"""The published calibration of the verdict agrees with the measurement, and keeps alpha."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

ROOT = Path(__file__).parents[2]
JSON, PAGE = (ROOT / f"docs/verdict_levels.{ending}" for ending in ("json", "md"))


@pytest.fixture(scope="module")
def study() -> Any:
    return json.loads(JSON.read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_numbers(study: Any) -> None:
    place = ROOT / "studies/verdict_levels_table.py"
    spec = importlib.util.spec_from_file_location("verdict_levels_table", place)
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    assert PAGE.read_text(encoding="utf-8") == table.to_markdown(study)


def test_geant4_is_called_different_no_more_often_than_alpha(study: Any) -> None:
    """More objections than 99.9 % of chance gives at alpha would say that it is not kept."""
    trials = len(study["null"])
    wrong = sum(row["level"] != "indistinguishable" for row in study["null"])
    assert trials > 0
    assert wrong <= binom.ppf(0.999, trials, study["alpha"])


def test_mean_response_and_resolution_keep_their_level(study: Any) -> None:
    for row in study["energy"]:
        assert row["objections"] <= binom.ppf(0.999, row["trials"], study["alpha"] / 6)


def test_levels_of_a_defect_rise_with_its_size(study: Any) -> None:
    order = ["indistinguishable", "fit for use", "visible flaws", "unusable"]
    defects = dict.fromkeys(row["defect"] for row in study["levels"])
    for defect in defects:
        rows = [row for row in study["levels"] if row["defect"] == defect]
        levels = [order.index(row["level"]) for row in rows]
        assert levels == sorted(levels), defect
