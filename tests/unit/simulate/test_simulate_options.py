"""Ranges as users write them."""

from __future__ import annotations

import pytest

from calobench.errors import ConditionsError
from calobench.simulate.options import Range, parse_range


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1:100", (1, 100)),
        ("50", (50, 50)),
        ("0.87:2.27", (0.87, 2.27)),
        (" 1e0 : 1.5E+2 ", (1, 150)),
        (".5", (0.5, 0.5)),
        ("-1:+1", (-1, 1)),
        ("0:0", (0, 0)),
    ],
)
def test_good_ranges(text: str, expected: tuple[float, float]) -> None:
    assert parse_range(text, "--energy") == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", ":", "1:", ":2", "1:2:3", "a", "1-2", "nan", "inf", "1,2", "0x10", "1 2", "1_0"],
)
def test_malformed_ranges(text: str) -> None:
    with pytest.raises(ConditionsError, match="--energy"):
        parse_range(text, "--energy")


def test_backwards_and_overflowing_ranges() -> None:
    with pytest.raises(ConditionsError, match="lower value first"):
        parse_range("2:1", "--theta")
    with pytest.raises(ConditionsError, match="not finite"):
        parse_range("1:1e999", "--theta")


def test_values_between_the_ends() -> None:
    assert Range(1, 3).at(0) == 1
    assert Range(1, 3).at(0.5) == 2
    assert Range(7, 7).at(0.3) == 7


def test_limits_allow_for_rounded_angles_only() -> None:
    full_turn = Range(0, 6.283185307)
    Range(0, 6.2832).require_within(full_turn, "--phi", "rad", "mend it")
    with pytest.raises(ConditionsError, match=r"--phi 0:6\.29 is outside 0:6\.28319 rad; mend it"):
        Range(0, 6.29).require_within(full_turn, "--phi", "rad", "mend it")


def test_ranges_read_as_they_were_written() -> None:
    assert str(Range(1, 100)) == "1:100"
    assert str(Range(50, 50)) == "50"
