"""The words of a command line, and what is wrong with them."""

from __future__ import annotations

import dataclasses

import pytest
from toy_detector import toy_detector

from calobench.benchmarks.timing.request import (
    TimingRequest,
    parse_batch_sizes,
    parse_devices,
    parse_energies,
    parse_models,
)
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, ConditionsError, DeviceError, ModelError


def test_lists() -> None:
    assert parse_models("full, distilled,full") == ("full", "distilled")
    assert parse_models("toy_models:toy") == ("toy_models:toy",)
    assert parse_devices("cpu,cuda,cuda:1") == ("cpu", "cuda", "cuda:1")
    assert parse_batch_sizes("1000,1,100,1") == (1, 100, 1000)


def test_energies() -> None:
    allegro = load_detector("ALLEGRO")
    assert parse_energies(None, allegro) == (10e3, 50e3, 100e3)
    assert parse_energies("100,1.5", allegro) == (1.5e3, 100e3)
    assert parse_energies("1:100", allegro) == (1e3, 3.16e3, 10e3, 31.6e3, 50e3, 100e3)
    assert parse_energies("1:2", allegro) == (1e3, 1.19e3, 1.41e3, 1.68e3, 2e3)


def test_default_energies_of_a_detector_that_covers_other_ones() -> None:
    soft = toy_detector().model_copy(update={"energy_range_mev": (100.0, 400.0)})
    assert parse_energies(None, soft) == (pytest.approx(200.0),)


@pytest.mark.parametrize(
    ("energies", "main"),
    [((10e3, 50e3, 100e3), 50e3), ((1e3, 2e3), 2e3), ((40e3, 70e3), 40e3), ((10e3,), 10e3)],
)
def test_the_main_energy_is_50_gev_or_the_nearest(energies: tuple[float, ...], main: float) -> None:
    request = TimingRequest(load_detector("ALLEGRO"), ("full",), energies_mev=energies)
    assert request.main_energy_mev == main


def test_the_photons_come_at_right_angles_where_the_detector_covers_them() -> None:
    detector = toy_detector()
    assert TimingRequest(detector, ("full",)).particle == (1.5708, 0.0)
    forward = detector.model_copy(update={"theta_range": (0.2, 0.5)})
    request = dataclasses.replace(TimingRequest(detector, ("full",)), detector=forward)
    assert request.particle.theta == 0.5


@pytest.mark.parametrize(
    ("parse", "text", "error", "named"),
    [
        (parse_models, "ful", CalobenchError, "did you mean 'full'"),
        (parse_models, ",", ModelError, "--models is empty"),
        (parse_models, "a.h5", ModelError, "a.h5 is a file of showers"),
        (parse_devices, "gpu", DeviceError, "'gpu' is no device"),
        (parse_devices, "cuda:x", DeviceError, "'cuda:x' is no device"),
        (parse_devices, "", DeviceError, "'' is no device"),
        (parse_batch_sizes, "0", ConditionsError, "positive integers"),
        (parse_batch_sizes, "1,-2", ConditionsError, "positive integers"),
        (parse_batch_sizes, "1.5", ConditionsError, "positive integers"),
        (parse_batch_sizes, "one", ConditionsError, "positive integers"),
        (parse_batch_sizes, "", ConditionsError, "positive integers"),
    ],
)
def test_bad_words(parse: object, text: str, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        parse(text)


@pytest.mark.parametrize("text", ["500", "0", "10,x", "", "20:10", "0.5:2", "nan", "-5"])
def test_bad_energies(text: str) -> None:
    with pytest.raises(ConditionsError, match="--energies"):
        parse_energies(text, load_detector("ALLEGRO"))
