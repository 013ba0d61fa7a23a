"""Colours of models."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from calobench.models.registry import registered_models
from calobench.report.palette import COLOURS, GEANT4_COLOUR, looks

# Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009) 1291: severity 1.
_VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.3039],
        ]
    ),
}


def _lab(colour: str, vision: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    rgb = np.clip(_VISION[vision] @ linear, 0, 1)
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.072175],
                [0.01933, 0.119192, 0.950304],
            ]
        )
        @ rgb
        / np.array([0.95047, 1, 1.08883])
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", _VISION)
def test_all_colours_differ_for_everyone_and_from_geant4(vision: str) -> None:
    for a, b in itertools.combinations((*COLOURS, GEANT4_COLOUR), 2):
        # A difference of 2.3 is just seen in patches side by side; thin lines need several times that.
        assert np.linalg.norm(_lab(a, vision) - _lab(b, vision)) > 15, (a, b)


def test_models_that_ship_have_colours_of_their_own() -> None:
    names = [*registered_models(), "gflash", "geant4-library"]
    assert len({looks([name])[name].colour for name in names}) == len(set(names))


def test_a_model_looks_the_same_whoever_is_beside_it() -> None:
    alone = looks(["distilled"])["distilled"]
    assert looks(["full", "solver", "distilled"])["distilled"] == alone
    assert list(looks(["full", "distilled"])) == ["full", "distilled"]


def test_many_models_are_told_apart() -> None:
    names = [f"model-{i}" for i in range(16)]
    styles = looks(names)
    assert len({(look.colour, look.dashes) for look in styles.values()}) == 16
    assert len({styles[name].colour for name in names[:8]} | set(COLOURS)) == len(COLOURS)
    assert styles == looks(names)


def test_the_page_of_a_model_has_its_colour() -> None:
    from results_factory import make_results

    from calobench.report import render

    page = render(make_results(n=200, events=0))
    style = page[page.index("<style>") : page.index("</style>")]
    assert style.rstrip().endswith(f"--model: {looks(['distilled'])['distilled'].colour}; }}")
