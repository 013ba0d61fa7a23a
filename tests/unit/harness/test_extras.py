"""``calobench run --with``: further benchmarks of a run."""

from __future__ import annotations

import pytest

from calobench._util.progress import SilentProgress
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, ShowerFileError, SpecError, UnknownNameError
from calobench.harness.extras import Extras

CLD = load_detector("CLD")


def extras(name: str, model: str = "toy_models:toy", detector: str = "CLD") -> Extras:
    return Extras([name], model, load_detector(detector), 1, 20)


def test_nothing_is_asked_for() -> None:
    assert Extras([], "toy_models:toy", CLD, 1, 20).measure(SilentProgress()) == ({}, {})


def test_what_cannot_be_done_is_said_before_anything_is_measured() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'diphoton'"):
        extras("diphotn")
    with pytest.raises(ConditionsError, match=r"mine\.h5 is a file"):
        extras("diphoton", model="mine.h5")
    with pytest.raises(SpecError, match="has no readout cells"):
        extras("diphoton", detector="Par04SiW")
    with pytest.raises((ConditionsError, ShowerFileError)):
        extras("diphoton", model="toy_models:narrow")
