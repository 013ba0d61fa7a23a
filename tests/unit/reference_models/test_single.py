"""Showers that are asked for one by one: the whole chain as one graph, and the showers of its steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.showers import Conditions
from reference_models.calibration.tables import Calibration
from reference_models.edm_model import EdmModel
from reference_models.inference.noise import streams
from reference_models.variants import MODELS

pytest.importorskip("onnxruntime")

ALLEGRO = load_detector("ALLEGRO")
# Of the hottest cell: order of sums in single precision.
SAME = 1e-5


def made(name: str, **settings: Any) -> EdmModel:
    model = MODELS[name](**settings)
    assert isinstance(model, EdmModel)
    return model


@pytest.mark.parametrize("name", ["distilled", "distilled2", "distilled-small"])
def test_one_shower_is_that_of_the_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = made(name), made(name)
    monkeypatch.setattr(steps, "single", None)
    single, calls = model.single, []
    assert single is not None
    real = single.seeded

    def seeded(*given: Any) -> Any:
        calls.append(given)
        return real(*given)

    monkeypatch.setattr(single, "seeded", seeded)
    for detector in (ALLEGRO, load_detector("Par04SciPb")):
        for k, energy in enumerate((1.5e3, 2e4, 9.5e4)):
            of = Conditions(np.array([energy]), np.array([1.0 + 0.3 * k]), np.array([-3.0 + 3 * k]))
            seed = np.random.SeedSequence(k)
            shower = model.generate(of, detector, seed)
            expected = steps.generate(of, detector, seed)
            assert shower.shape == expected.shape == (1, 9, 16, 45)
            assert np.abs(shower - expected).max() <= SAME * expected.max()
    assert len(calls) == 6


def test_several_showers_are_made_by_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made("distilled")
    monkeypatch.setattr(model.single, "seeded", None)
    of = Conditions(np.full(2, 5e4), np.full(2, 1.5), np.zeros(2))
    assert model.generate(of, ALLEGRO, np.random.SeedSequence(1)).shape == (2, 9, 16, 45)


@pytest.mark.parametrize(
    ("name", "settings"), [("full", {}), ("solver", {}), ("distilled", {"backend": "eager"})]
)
def test_models_that_are_made_by_steps_alone(name: str, settings: dict[str, Any]) -> None:
    """A graph of many evaluations would take long to make; other backends know no graphs."""
    assert made(name, **settings).single is None


def test_a_graph_that_gives_other_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = made("distilled"), made("distilled")
    monkeypatch.setattr(steps, "single", None)
    single = model.single
    assert single is not None
    real = type(single).given
    monkeypatch.setattr(single, "given", lambda *given: 1.01 * real(single, *given))
    of = Conditions(np.array([5e4]), np.array([1.5]), np.zeros(1))
    shower = model.generate(of, ALLEGRO, np.random.SeedSequence(3))
    np.testing.assert_array_equal(shower, steps.generate(of, ALLEGRO, np.random.SeedSequence(3)))


def only_some_rings(model: EdmModel, first: int, last: int) -> Calibration:
    """Cells of some rings alone spread, more in one detector than in the others."""
    spread = np.zeros_like(model.calibration.spread)
    spread[:, 0] = 1
    spread[4, 0, first:last], spread[2, 1, first] = 0.8, 0.1
    return replace(model.calibration, spread=spread)


@pytest.mark.parametrize("rings", [(0, 9), (2, 5), (7, 9), (3, 3)])
def test_another_calibration_has_a_graph_of_its_own(rings: tuple[int, int]) -> None:
    model = made("distilled")
    of = Conditions(np.array([5e4]), np.array([1.5]), np.zeros(1))
    before = model.generate(of, ALLEGRO, np.random.SeedSequence(3))
    other = model.with_calibration(only_some_rings(model, *rings))
    shower = other.generate(of, ALLEGRO, np.random.SeedSequence(3))
    sums = model.finished.marginals.model.sample(of, 4, streams(np.random.SeedSequence(3))[0])
    expected = other.of_sums(of, sums, ALLEGRO, streams(np.random.SeedSequence(3))[1])
    assert np.abs(shower - expected).max() <= SAME * expected.max()
    assert np.abs(shower - before).max() > 1e-3 * before.max()


def test_a_calibration_that_changes_nothing_is_left_out() -> None:
    model = made("distilled")
    plain = model.with_calibration(model.finished.blank())
    of = Conditions(np.array([5e4]), np.array([1.5]), np.zeros(1))
    shower = plain.generate(of, ALLEGRO, np.random.SeedSequence(3))
    sums = model.finished.marginals.model.sample(of, 4, streams(np.random.SeedSequence(3))[0])
    expected = plain.of_sums(of, sums, ALLEGRO, streams(np.random.SeedSequence(3))[1])
    assert np.abs(shower - expected).max() <= SAME * expected.max()
