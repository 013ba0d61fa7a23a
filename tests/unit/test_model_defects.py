"""Defects of how a model is run: showers of threads with the same noise repeat themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calobench.api import reference
from calobench.detectors import load_detector
from calobench.showers import Showers

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

from calibration_table import Calibration, DefectRow, NullRow, from_json, to_markdown, with_rows
from model_defects import defects_of

DETECTOR = load_detector("ALLEGRO")
N = 61
HALF = N // 2


@pytest.fixture(scope="module")
def showers() -> Showers:
    return reference("ALLEGRO")[:N]


def most_alike(sample: Showers) -> int:
    """By how many showers the second half is turned where both halves agree best in their profiles."""
    profile = sample.energy.sum(axis=(1, 2), dtype=np.float64)
    profile /= sample.conditions.energy[:, None]
    first, second = (half - half.mean(axis=0) for half in (profile[:HALF], profile[HALF : N - 1]))
    return int(np.argmax([(first * np.roll(second, -k, axis=0)).sum() for k in range(HALF)]))


def both(defect: Any, showers: Showers) -> list[Showers]:
    """Of threads with noise of their own, and with the same."""
    return [make(showers, np.random.default_rng(1)) for make in (defect.baseline, defect.inject)]


def test_the_same_noise_at_other_conditions(showers: Showers) -> None:
    defect = defects_of("distilled", DETECTOR)[0]
    before, after = both(defect, showers)
    for sample in (before, after):
        np.testing.assert_array_equal(sample.conditions.energy, showers.conditions.energy)
    np.testing.assert_array_equal(before.energy[:HALF], after.energy[:HALF])
    assert most_alike(before) != 0
    assert most_alike(after) == 0


def test_the_same_noise_at_the_same_conditions(showers: Showers) -> None:
    defect = defects_of("distilled", DETECTOR)[1]
    before, after = both(defect, showers)
    for sample in (before, after):
        energy = sample.conditions.energy
        assert len(sample) == N
        np.testing.assert_array_equal(energy[:HALF], energy[HALF : 2 * HALF])
    np.testing.assert_array_equal(after.energy[:HALF], after.energy[HALF : 2 * HALF])
    assert (before.energy[:HALF] != before.energy[HALF : 2 * HALF]).any(axis=(1, 2, 3)).all()


def row(name: str, found: int) -> DefectRow:
    return DefectRow(
        name=name, expected=["sample.repeated"], trials=10, found=found, interval=(0.1, 0.9),
        named=found, first=found, first_rows={"sample.repeated": found},
    )  # fmt: skip


def calibration(command: str, *rows: DefectRow) -> Calibration:
    null = NullRow(10, 0, (0.0, 0.3), 0, {}, {})
    return Calibration(
        "D", command, 1, 100, 10, True, 2, 50, 0.01, (0.5, 0.5), null, [], list(rows)
    )


def test_rows_that_are_measured_apart_say_so() -> None:
    whole = calibration("all of them", row("one", 5), row("other", 6))
    joined = with_rows(whole, calibration("only other", row("other", 7)))
    assert joined.command == "all of them"
    assert [(one.name, one.found, one.command) for one in joined.defects] == [
        ("one", 5, ""),
        ("other", 7, "only other"),
    ]
    page = to_markdown(joined)
    assert "Measured apart from the others: *other*, with `only other`." in page
    assert "apart" not in to_markdown(whole)
    assert from_json(vars(whole) | {"null": vars(whole.null), "defects": []}).defects == []
