"""What is known not to be seen is said, with the power that the calibration measured."""

from __future__ import annotations

import json
from pathlib import Path

from results_factory import make_results

from calobench.verdict.blind_spots import all_blind_spots, blind_spots

ROOT = Path(__file__).parents[3]
# As the calibration of the gate names them.
NAMES = {
    "one shower in a hundred with 0.8 of its energy": "1 % of showers at 0.8 of their energy",
    "one shower in a thousand without any energy": "1 shower in 1,000 empty",
    "cells rounded to half precision": "cells in half precision",
    "noise of 0.01 to 0.1 MeV in one cell of a thousand": "noise in one cell of 1,000",
    "a polar angle that is ignored in one corner of energy and angle only": (
        "theta ignored in that corner"
    ),
}


def test_powers_are_those_that_were_measured() -> None:
    table = (ROOT / "docs/gate_calibration.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip(): cells
        for cells in (line.split("|") for line in table.splitlines())
        if len(cells) == 9
    }
    measured = [one for one in all_blind_spots() if one.found is not None]
    assert {one.what for one in measured} == set(NAMES)
    for one in measured:
        cells = rows[NAMES[one.what]]
        assert int(cells[2]) == one.trials
        assert f"{100 * one.found / one.trials:.1f}%" == cells[3].strip()
        assert (ROOT / one.source).exists()


def test_each_is_said_where_it_matters() -> None:
    results = make_results()
    words = [one.words for one in blind_spots(results)]
    assert any("found in 20 of 80 trials of 1,000 showers" in one for one in words)
    assert not any("two close photons" in one for one in words)
    json.dumps([one.model_dump() for one in all_blind_spots()])
