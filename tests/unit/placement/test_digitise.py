"""Threshold, saturation and noise of the cells."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.placement.cells import Readout
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.readout import make_readout


def readout(**change: float) -> Readout:
    content = load_detector("CLD").model_dump(mode="json")
    content["readout"].update(change)
    return make_readout(DetectorSpec.model_validate(content))


def box(n: int, side: int, energy: float) -> ReadoutEvents:
    """N events with two filled cells at the corners of a square of side x side cells in layer 3."""
    event = np.repeat(np.arange(n), 2)
    cells = np.tile([[3, 3], [0, side - 1], [0, side - 1]], n)
    truth = Truth(np.full((n, 1), 1e4), np.zeros((n, 1, 2)), np.full(n, 1.5), np.zeros(n))
    return ReadoutEvents.from_cells(event, cells, np.full(2 * n, energy), truth, np.zeros(n))


def test_cells_below_the_threshold_are_gone_and_events_stay() -> None:
    events = box(2, 4, 0.06)
    assert np.array_equal(digitise(events, readout()).energy, events.energy)
    none = digitise(events, readout(threshold_mev=0.07))
    assert (len(none), len(none.energy)) == (2, 0)
    assert len(digitise(events, readout(), threshold_mev=1e9).energy) == 0
    assert len(digitise(events, readout(), threshold_mev=0.0).energy) == 4


def test_saturation() -> None:
    assert set(digitise(box(2, 4, 7.0), readout(saturation_mev=3.0)).energy) == {3.0}


def test_a_negative_threshold() -> None:
    with pytest.raises(ConditionsError, match=r"threshold is -0\.1 MeV"):
        digitise(box(1, 2, 1.0), readout(), threshold_mev=-0.1)


def test_noise_is_gaussian_on_cells_with_energy() -> None:
    """2,000 cells; mean and width within 5 standard errors."""
    noisy = digitise(box(1000, 2, 10.0), readout(noise_mev=0.2))
    shift = noisy.energy[noisy.energy > 5] - 10
    assert len(shift) == 2000
    assert abs(shift.mean()) < 5 * 0.2 / np.sqrt(2000)
    assert abs(shift.std() - 0.2) < 5 * 0.2 / np.sqrt(4000)


def test_empty_cells_fire_as_often_as_the_tail_of_the_noise() -> None:
    """98 empty cells a box, threshold 2 sigma: 2.275 %; energies follow the tail. 5 errors."""
    from scipy.stats import norm

    events = box(500, 10, 50.0)
    noisy = digitise(events, readout(noise_mev=1.0, threshold_mev=2.0))
    spurious = noisy.energy[noisy.energy < 25]
    expected = 500 * 98 * norm.sf(2)
    # A few noise hits fall on the same cell: at most one in a hundred here.
    assert abs(len(spurious) - expected) < 5 * np.sqrt(expected) + 0.03 * expected
    assert spurious.min() >= 2
    mean = norm.pdf(2) / norm.sf(2)
    assert abs(spurious.mean() - mean) < 5 * 0.35 / np.sqrt(len(spurious))
    assert np.all((noisy.i >= 0) & (noisy.i < 10) & (noisy.layer == 3))


def test_noise_depends_on_the_seed_only() -> None:
    noise = readout(noise_mev=0.2)
    events = box(20, 5, 1.0)
    assert np.array_equal(digitise(events, noise).energy, digitise(events, noise).energy)
    other = digitise(events, noise, seed=2)
    assert not np.array_equal(digitise(events, noise).energy, other.energy)


def test_noise_without_any_cell() -> None:
    nothing = box(3, 4, 1.0).with_cells(np.zeros(6, bool))
    assert len(digitise(nothing, readout(noise_mev=1.0)).energy) == 0
