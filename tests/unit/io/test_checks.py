from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ConditionsError, ShowerFileError
from calobench.io import LemursFile
from calobench.io.checks import check_conditions, check_showers, response_warnings
from calobench.io.summary import summarise
from calobench.showers import Conditions

CLD = load_detector("CLD")
FRACTION = CLD.sampling_fraction


def particles(energy: float, theta: float = 1.5) -> Conditions:
    return Conditions(np.array([5e4, energy]), np.array([1.5, theta]), np.zeros(2))


def test_first_bad_shower_counts_from_the_start_of_the_file() -> None:
    energy = np.zeros((3, 2, 2, 2), np.float32)
    check_showers(energy, Path("x.h5"))
    energy[1, 0, 0, 0] = -2
    with pytest.raises(ShowerFileError, match=r"x.h5: 'cells' .*\(-2 MeV\) in shower 101"):
        check_showers(energy, Path("x.h5"), 100, "cells")


@pytest.mark.parametrize("energy", [1000, 100_000, np.float32(100_000)])
@pytest.mark.parametrize("theta", [0.87, 2.27, np.float32(0.87), np.float32(2.27)])
def test_the_edges_of_the_range_are_covered(energy: float, theta: float) -> None:
    check_conditions(particles(energy, theta), CLD, "x.h5")


def test_outside_the_range() -> None:
    with pytest.raises(
        ConditionsError, match=r"x.h5: incident energy 500000 MeV of shower 1 .*1 of 2 showers"
    ):
        check_conditions(particles(500_000), CLD, "x.h5")
    with pytest.raises(ConditionsError, match=r"theta 0\.5 rad of shower 1 .*0.87 to 2.27 rad"):
        check_conditions(particles(5e4, 0.5), CLD, "x.h5")


@pytest.mark.parametrize("response", [FRACTION, 0.8 * FRACTION, 1.3 * FRACTION])
def test_no_suspicion_about_raw_deposits(response: float) -> None:
    assert response_warnings(response, particles(2e4), CLD) == []
    assert response_warnings(response, particles(2e4)) == []


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (0.98, "divided by a sampling fraction"),
        (FRACTION / 1000, "shower energies look like GeV beside incident MeV"),
        (FRACTION * 1000, "incident energies look like GeV beside shower MeV"),
        (0.00098, "GeV divided by the sampling fraction"),
        (2 * FRACTION, "right detector"),
        (0, "all showers are empty"),
    ],
)
def test_suspicions_name_the_cause_and_the_ratio(response: float, message: str) -> None:
    (text,) = response_warnings(response, particles(2e4), CLD)
    assert message in text
    assert f"{response:.3g}" in text


def test_incident_energies_in_gev() -> None:
    low = Conditions(np.array([1.0, 100.0]), np.full(2, 1.5), np.zeros(2))
    (text,) = response_warnings(FRACTION, low, CLD)
    assert "end at 100 MeV and look like GeV" in text


@pytest.mark.parametrize("response", [0.9, 1e-5])
def test_gross_oddities_without_a_detector(response: float) -> None:
    (text,) = response_warnings(response, particles(2e4))
    assert "no raw deposit" in text


@pytest.mark.parametrize("size", [1, 3, 100])
def test_summary_of_a_file_in_closed_form(raw_file: Callable[..., Path], size: int) -> None:
    # Visible energies 6480, 0, 3240 MeV of 64800 MeV; cells 1, 0 and half ones.
    showers = np.ones((3, 9, 16, 45), np.float32)
    showers[1] = 0
    showers[2, :, :8] = 0
    path = raw_file(n=3, showers=showers, incident_energy=np.full(3, 64_800.0))
    done: list[int] = []
    with LemursFile(path) as file:
        summary = summarise(file, size, done.append)
    assert sum(done) == summary.n == 3
    assert summary.mean_visible_mev == pytest.approx(3240)
    assert summary.sampling_fraction == pytest.approx(0.05)
    assert summary.sampling_fraction_error == pytest.approx(0.05 / np.sqrt(3))
    assert summary.empty_showers == 1
    assert summary.empty_cell_fraction == pytest.approx(0.5)
