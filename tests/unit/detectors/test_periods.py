"""Positions of the layers of one section, and of several."""

from __future__ import annotations

import numpy as np
import pytest

from calobench._util.edges import cell_number
from calobench.detectors import DetectorSpec, detector_names, load_detector
from calobench.detectors.stack import Periods

LAYER = {"material": "G4_W", "thickness_mm": 2.0}
SHEET = {"material": "G4_Si", "thickness_mm": 1.0, "active": True}


def two_sections() -> DetectorSpec:
    """Three periods of 3 mm, two of 5 mm; the sheet is the last millimetre of each."""
    return load_detector("SiW").model_validate(
        load_detector("SiW").model_dump()
        | {
            "periods": 3,
            "layers": [LAYER, SHEET],
            "deeper": [{"periods": 2, "layers": [LAYER | {"thickness_mm": 4.0}, SHEET]}],
        }
    )


def test_sections_follow_each_other() -> None:
    spec = two_sections()
    periods = Periods.of(spec)
    assert (len(periods), spec.n_periods, spec.depth_mm) == (5, 5, 19)
    np.testing.assert_allclose(periods.edges_mm, [0, 3, 6, 9, 14, 19])
    np.testing.assert_allclose(periods.sheets_mm, [2.5, 5.5, 8.5, 13.5, 18.5])


def test_a_period_owns_its_lower_edge() -> None:
    periods = Periods.of(two_sections())
    depth = np.array([-0.1, 0, 2.9, 3, 3 - 1e-9, 8.9, 9, 13.9, 14, 18.9, 19, 30])
    assert periods.at(depth).tolist() == [-1, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5]


def test_the_nearest_sheet() -> None:
    periods = Periods.of(two_sections())
    depth = np.array([-5, 3.9, 4.0, 10.9, 11.0, 16.0, 99])
    assert periods.nearest(depth).tolist() == [0, 0, 1, 2, 3, 4, 4]
    assert periods.sheets_from(np.array([0, 2.5, 2.6, 13.5, 13.6, 99])).tolist() == [
        0,
        0,
        1,
        3,
        4,
        5,
    ]


@pytest.mark.parametrize("name", detector_names())
def test_one_section_is_a_regular_grid(name: str) -> None:
    spec = load_detector(name)
    front = Periods.of(spec.model_copy(update={"deeper": ()}))
    rng = np.random.default_rng(3)
    grid = rng.uniform(-1, spec.periods + 1, 1000)
    grid[:100] = np.round(grid[:100])
    width = spec.sections[0].period_mm
    expected = np.clip(cell_number(grid), -1, spec.periods)
    assert (front.at(grid * width) == expected).all()


def test_sections_change_the_hash() -> None:
    spec = two_sections()
    assert spec.geometry_hash != spec.model_copy(update={"deeper": ()}).geometry_hash


def test_plates_in_theta_take_one_section() -> None:
    spec = load_detector("ALLEGRO")
    deeper = {"deeper": [{"periods": 1, "layers": [SHEET]}]}
    with pytest.raises(ValueError, match="one section"):
        DetectorSpec.model_validate(spec.model_dump() | deeper)
