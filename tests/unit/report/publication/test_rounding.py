"""Rounding of values with errors."""

from __future__ import annotations

import pytest

from calobench.report.publication.rounding import pdg_rounded


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        # The examples of the Review of Particle Physics.
        (0.827, 0.119, ("0.83", "0.12")),
        (0.827, 0.367, ("0.8", "0.4")),
        # Both sides of each edge.
        (1.23456, 0.0354, ("1.235", "0.035")),
        (1.23456, 0.0355, ("1.23", "0.04")),
        (1.23456, 0.0949, ("1.23", "0.09")),
        (1.23456, 0.0950, ("1.23", "0.10")),
        (1.23456, 0.0999, ("1.23", "0.10")),
        (1.23456, 0.09996, ("1.23", "0.10")),
        (1.23456, 0.100, ("1.23", "0.10")),
        (1234.5, 119, ("1230", "120")),
        (1234.5, 967, ("1200", "1000")),
        (12345, 4000, ("12000", "4000")),
        (-0.0004, 0.02, ("0.000", "0.020")),
        (-3.14159, 0.5, ("-3.1", "0.5")),
        (0.0, 0.5, ("0.0", "0.5")),
        (1e-12, 2.5e-13, ("0.00000000000100", "0.00000000000025")),
    ],
)
def test_as_the_particle_data_group(value: float, error: float, expected: tuple[str, str]) -> None:
    assert pdg_rounded(value, error) == expected


@pytest.mark.parametrize("error", [None, 0.0, -1.0, float("nan"), float("inf")])
def test_without_an_error(error: float | None) -> None:
    assert pdg_rounded(0.123456, error) == ("0.123", None)
    assert pdg_rounded(0.0, error) == ("0", None)


def test_no_value_and_values_far_from_their_errors() -> None:
    assert pdg_rounded(float("nan"), 1.0) == ("--", None)
    assert pdg_rounded(1e30, 1e-30).value.startswith("1000")
