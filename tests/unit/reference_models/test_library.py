"""Showers of the training sample as a model: which are drawn, how they are scaled, that they are seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_showers import toy_showers

import calobench as cb
from calobench.errors import ModelError
from calobench.io import write_lemurs
from calobench.models.registry import load_model
from reference_models.library import TRAINING, Geant4Library, geant4_library

CLD = cb.load_detector("CLD")
SEED = np.random.SeedSequence(5)


@pytest.fixture(scope="module")
def showers() -> cb.Showers:
    """All of different conditions."""
    rng = np.random.default_rng(3)
    conditions = cb.Conditions(
        np.geomspace(2e3, 8e4, 60), rng.uniform(0.9, 2.2, 60), rng.uniform(0, 6, 60)
    )
    return cb.Showers(toy_showers(CLD, 60, seed=2).energy, conditions)


@pytest.fixture(scope="module")
def folder(showers: cb.Showers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("training")
    for name, rows in (("_train", slice(0, 40)), ("_train2", slice(40, 60))):
        file = path / f"FCCeeCLD{name}.h5"
        write_lemurs(file, [showers[rows]], detector="FCCeeCLD", mesh=CLD.mesh_geometry)
    return path


def test_the_nearest_shower_of_its_own_conditions_is_itself(
    folder: Path, showers: cb.Showers
) -> None:
    model = Geant4Library(folder, nearest=1, scale=False)
    assert model.info.detectors == ("FCCeeCLD",)
    generated = model.generate(showers.conditions, CLD, SEED)
    np.testing.assert_allclose(generated, showers.energy, rtol=1e-3)


def test_energies_are_scaled(folder: Path, showers: cb.Showers) -> None:
    model = Geant4Library(folder, nearest=1)
    conditions = cb.Conditions(
        showers.conditions.energy * 1.01, showers.conditions.theta, showers.conditions.phi
    )
    plain = Geant4Library(folder, nearest=1, scale=False).generate(conditions, CLD, SEED)
    generated = model.generate(conditions, CLD, SEED)
    # What is drawn has other energies by up to several percent: scaled by their own ratio.
    ratio = generated.sum(axis=(1, 2, 3)) / plain.sum(axis=(1, 2, 3))
    same = np.isclose(plain, showers.energy, rtol=1e-3).all(axis=(1, 2, 3))
    assert same.sum() > 30
    np.testing.assert_allclose(ratio[same], 1.01, rtol=1e-4)


def test_it_is_drawn_among_the_nearest_by_the_seed_alone(folder: Path, showers: cb.Showers) -> None:
    model = geant4_library(str(folder), nearest=5, scale=False)
    one = showers.conditions[np.zeros(300, np.intp)]
    first, again = (model.generate(one, CLD, SEED) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    different = {row.tobytes() for row in first.reshape(300, -1)}
    assert len(different) == 5
    other = model.generate(one, CLD, np.random.SeedSequence(6))
    assert (first != other).any()


def test_the_layers_are_met_as_in_the_shower_that_is_drawn(
    folder: Path, showers: cb.Showers
) -> None:
    """Of two showers of one energy, the one whose layers are tilted alike."""
    energy = np.full(2, 2e4)
    known = cb.Conditions(energy, np.array([1.0, np.pi - 1.0]), np.zeros(2))
    place = folder / "tilted"
    place.mkdir()
    cells = np.stack([np.full(CLD.mesh_geometry.shape, value, np.float32) for value in (1, 2)])
    write_lemurs(
        place / "FCCeeCLD_train.h5", [cb.Showers(cells, known)], detector="FCCeeCLD",
        mesh=CLD.mesh_geometry,
    )  # fmt: skip
    generated = Geant4Library(place, nearest=1).generate(known, CLD, SEED)
    np.testing.assert_allclose(generated, cells)


def test_without_the_sample_it_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match="in calobench's repository and not in the installed package"
    ):
        geant4_library(str(tmp_path))
    with pytest.raises(ModelError, match="nearest=0: give"):
        geant4_library(str(tmp_path), nearest=0)


def test_other_detectors_are_refused(folder: Path, showers: cb.Showers) -> None:
    model = Geant4Library(folder)
    with pytest.raises(ModelError, match="no showers of ODD; it has FCCeeCLD"):
        model.generate(showers.conditions, cb.load_detector("ODD"), SEED)
    with pytest.raises(ModelError, match="not of this geometry"):
        model.generate(showers.conditions, CLD.model_copy(update={"periods": 20}), SEED)


@pytest.mark.skipif(not TRAINING.exists(), reason="the training sample is in the repository only")
def test_it_is_registered_and_has_the_training_sample() -> None:
    model = load_model("geant4-library:nearest=1")
    assert set(model.info.detectors) >= {
        "FCCeeALLEGRO",
        "FCCeeCLD",
        "ODD",
        "Par04SciPb",
        "Par04SiW",
    }
    with pytest.raises(ModelError, match="has no argument 'nearst'"):
        load_model("geant4-library:nearst=1")


def test_scaled_copies_of_the_reference_are_seen(folder: Path, showers: cb.Showers) -> None:
    """A model that memorises its training sample, tested against that sample."""
    result = cb.evaluate(
        Geant4Library(folder, nearest=3), showers, detector="CLD", n=60, replicas=20
    )
    together = result.results.multivariate
    assert together is not None
    assert together.closeness is not None
    assert any("too close to the reference" in text for text in result.results.warnings)
