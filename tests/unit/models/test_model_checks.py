"""The border between the harness and a model's code."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ConditionsError, ModelError
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.registry import load_model
from calobench.showers import Conditions

CONDITIONS = Conditions(np.array([5e3, 9e3]), np.array([1.0, 2.0]), np.array([0.0, 3.0]))


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("shape", "expected float32"),
        ("type_", "returned int64"),
        ("nan", "1 of 2 showers with NaN"),
        ("infinite", "1 of 2 showers"),
        ("negative", "negative cell energies"),
    ],
)
def test_what_is_not_showers_is_refused(factory: str, message: str) -> None:
    model = load_model(f"toy_models:{factory}")
    with pytest.raises(ModelError, match=message):
        generate_checked(model, CONDITIONS, load_detector("ODD"), np.random.SeedSequence(1))


def test_good_showers_pass() -> None:
    model = load_model("toy_models:toy")
    showers, _ = generate_checked(
        model, CONDITIONS, load_detector("ODD"), np.random.SeedSequence(1), twice=True
    )
    assert showers.energy.dtype == np.float32
    assert len(showers) == 2


def test_energy_outside_the_model() -> None:
    info = load_model("toy_models:narrow").info
    with pytest.raises(ConditionsError, match=r"5000 to 9000 MeV are outside 1000 to 2000"):
        check_model_covers(info, load_detector("ODD"), CONDITIONS)


def test_unknown_detector_of_a_model() -> None:
    info = load_model("toy_models:other_detector").info
    with pytest.raises(ModelError, match="was not made for FCCeeCLD"):
        check_model_covers(info, load_detector("CLD"), CONDITIONS)
