"""The origin of a sample's azimuth is tested against Geant4, whatever made the sample."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.api import reference
from calobench.detectors import load_detector
from calobench.evaluation.conditional.half_turn import lean
from calobench.harness.azimuth import azimuth_warnings
from calobench.models.protocol import ModelInfo
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Showers

OBSERVABLES = [one for one in all_observables() if one.name.startswith("centre_of_gravity")]


def halves(name: str, *, turned: bool) -> tuple[FeatureTable, FeatureTable]:
    detector, showers = load_detector(name), reference(name)
    middle = len(showers) // 2
    first, second = showers[:middle], showers[middle:]
    if turned:
        second = Showers(np.roll(second.energy, 8, axis=2), second.conditions)
    one, two = (compute_features(part, detector, OBSERVABLES) for part in (first, second))
    return one, two


@pytest.mark.parametrize("name", ["Par04SciPb", "ODD", "CLD", "ALLEGRO"])
def test_geant4_agrees_with_itself_and_turned_it_does_not(name: str) -> None:
    detector = load_detector(name)
    as_it_is, turned = (lean(*halves(name, turned=t), detector) for t in (False, True))
    assert as_it_is is not None
    assert turned is not None
    assert as_it_is.agrees
    assert turned.turned
    assert turned.value == pytest.approx(-as_it_is.value)


def test_the_same_particles_without_a_lean_say_nothing() -> None:
    detector = load_detector("ALLEGRO")
    one, two = halves("ALLEGRO", turned=False)
    rng = np.random.default_rng(1)
    noise = {name: rng.normal(size=len(two)) for name in two.scalars}
    angle = lean(one, FeatureTable(two.conditions, noise, {}), detector)
    assert angle is not None
    assert not angle.agrees
    assert not angle.turned


@pytest.mark.parametrize(
    ("turned", "stated", "words"),
    [
        (False, True, None),
        (False, False, "mine: its azimuth begins at -pi, as in Par04 (its showers lean"),
        (True, True, "mine is turned by half a turn"),
        (True, False, "mine is turned by half a turn"),
    ],
)
def test_words(turned: bool, stated: bool, words: str | None) -> None:
    info = ModelInfo("mine", "a model", azimuth_stated=stated)
    warnings = azimuth_warnings(*halves("ALLEGRO", turned=turned), load_detector("ALLEGRO"), info)
    assert len(warnings) == (words is not None)
    assert words is None or warnings[0].startswith(words)
