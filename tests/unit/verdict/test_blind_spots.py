"""Known blind spots are listed, with the power that the calibration measured."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest
from results_factory import make_results

from calobench.verdict.blind_spots import all_blind_spots, blind_spots

ROOT = Path(__file__).parents[3]


def test_powers_are_those_that_were_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails after new results: ``python studies/blind_spots.py``."""
    monkeypatch.syspath_prepend(str(ROOT / "studies"))
    study = importlib.import_module("blind_spots")
    text = (ROOT / "data_specs/blind_spots.toml").read_text(encoding="utf-8")
    assert study.written(text) == text
    measured = [one for one in all_blind_spots() if one.found is not None]
    assert {one.what for one in measured} == set(study.MEASURED)
    assert all((ROOT / one.source).exists() for one in measured)


def test_other_counts_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "studies"))
    study = importlib.import_module("blind_spots")
    text = (ROOT / "data_specs/blind_spots.toml").read_text(encoding="utf-8")
    assert study.written(text.replace("found = ", "found = 7", 1)) == text
    with pytest.raises(SystemExit, match="no study is named"):
        study.written(text.replace("one shower in a hundred", "one in a hundred"))


def test_each_is_said_where_it_matters() -> None:
    results = make_results()
    words = [one.words for one in blind_spots(results)]
    assert any(re.search(r"found in \d+ of \d+ trials of 1,000 showers", one) for one in words)
    assert not any("two close photons" in one for one in words)
    json.dumps([one.model_dump() for one in all_blind_spots()])
