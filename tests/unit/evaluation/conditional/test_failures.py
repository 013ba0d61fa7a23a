from __future__ import annotations

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.evaluation.conditional.failures import FAR, empty_fraction, response_failed


def test_both_sides_and_the_undefined_are_failures() -> None:
    residuals = np.array([0.0, FAR, -FAR, FAR + 0.1, -FAR - 0.1, np.nan])
    assert response_failed(residuals).tolist() == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("name", "radiation_lengths"),
    # ALLEGRO's plates are inclined: 307.4 mm of stack are 400 mm of path.
    [("FCCeeALLEGRO", 400.2 / 16.2), ("FCCeeCLD", 202 / 9.28)],
)
def test_empty_fraction_is_that_of_photons_without_a_pair(
    name: str, radiation_lengths: float
) -> None:
    fraction = empty_fraction(load_detector(name))
    assert fraction == pytest.approx(np.exp(-7 / 9 * radiation_lengths), rel=0.02)


def test_every_detector_of_calobench_stops_photons() -> None:
    for name in ("FCCeeALLEGRO", "FCCeeCLD", "ODD", "Par04SciPb", "Par04SiW"):
        assert 0 < empty_fraction(load_detector(name)) < 1e-7


def test_without_a_radiation_length_nothing_is_known() -> None:
    detector = load_detector("ODD").model_copy(update={"radiation_length_mm": None})
    assert empty_fraction(detector) is None
