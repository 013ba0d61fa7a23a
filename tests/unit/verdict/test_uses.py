"""Uses are data: those that ship are valid, and a fault in another one is reported in one line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from calobench._util.resources import data_specs_dir
from calobench.errors import CalobenchError, UnknownNameError, UseError
from calobench.results.verdict import Level
from calobench.verdict import DEFAULT_USE, default_use, load_use, use_names
from calobench.verdict.failing import FAIL_ON, exit_code

GOOD = """
name = "mine"
title = "my use"
description = "What I do."
[[tolerance]]
observable = "response"
quantity = "mean"
unit = "%"
max = 0.5
unusable = 5.0
why = "because I say so"
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_uses_that_ship() -> None:
    assert use_names()[0] == DEFAULT_USE
    assert {"fast-sim-default", "energy-calibration", "photon-separation"} <= set(use_names())
    for name in use_names():
        use = load_use(name)
        assert use.name == name
        assert all(len(one.why) > 20 for one in use.tolerance)
    assert load_use(str(data_specs_dir() / "uses" / f"{DEFAULT_USE}.toml")) == default_use()


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    use = load_use(written(tmp_path, GOOD))
    assert use.name == "mine"
    assert use.tolerance[0].max == 0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"response"', '"respnse"'), "no observable 'respnse': did you mean 'response'?"),
        (('"response"', '"diphoton.half_seperation"'), "did you mean 'diphoton.half_separation'?"),
        (("max =", "maxi ="), "unknown key"),
        (("title =", "titel ="), "did you mean 'title'?"),
        (('unit = "%"', 'unit = "mm"'), "the mean of response has no unit 'mm'"),
        (('quantity = "mean"', 'quantity = "meen"'), "no 'meen': did you mean 'mean'?"),
        (('quantity = "mean"', 'quantity = "shape"'), "the unit of a shape is 'sigma'"),
        (("max = 0.5", "max = nan"), "max: "),
        (("max = 0.5", "max = inf"), "max: "),
        (("max = 0.5", "max = -1.0"), "max: "),
        (("max = 0.5", 'max = "0.5"'), "max: "),
        (("max = 0.5", "max = true"), "max: "),
        (("unusable = 5.0", "unusable = 0.4"), "must be larger than max"),
        (("[[tolerance]]", "[tolerance]"), "write [[tolerance]] and not [tolerance]"),
        (('why = "because I say so"', ""), "why"),
        (('"response"', '"*"'), "only for the quantity shape"),
        (('"response"', '"longitudinal_profile"'), "is a profile and has no mean"),
        (('observable = "response"\nquantity = "mean"\nunit = "%"',
          'observable = "precision"\nquantity = "score"\nunit = ""'), "no score 'precision'"),
        (('"response"', '"visible_energy"'), "is not measured; name response"),
        (("[[tolerance]]", "[[tolerance"), "is not TOML"),
        (("max = 0.5", "max = " + 5000 * "9"), "too many digits"),
        (('name = "mine"', 'name = "My Use"'), "name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, change: Any, words: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(UseError) as caught:
        load_use(written(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_two_tolerances_of_one_thing(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[tolerance]]") :]
    with pytest.raises(UseError, match="has two tolerances"):
        load_use(written(tmp_path, twice))


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match=re.escape("did you mean 'energy-calibration'?")):
        load_use("energy-calibraton")


@pytest.mark.parametrize("place", ["missing.toml", "folder.toml", "pipe.toml"])
def test_what_is_no_file_is_never_waited_for(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(CalobenchError, match="cannot read the use"):
        load_use(str(tmp_path / place))


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [("fit", (3, 0, 1, 1, 1)), ("flaws", (3, 0, 0, 1, 1)), ("unusable", (3, 0, 0, 0, 1))],
)
def test_a_job_fails_on_that_level_or_a_worse_one(
    fail_on: str, codes: tuple[int, int, int, int, int]
) -> None:
    assert tuple(exit_code(level, FAIL_ON[fail_on]) for level in Level) == codes
