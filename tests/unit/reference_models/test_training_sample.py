"""Showers to train on and of the references agree with their READMEs, and have nothing in common."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.io import LemursFile
from calobench.io.checks import check_conditions
from calobench.showers import Conditions
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training.config import read_config
from reference_models.training.dataset import read_sample
from reference_models.training.recipes import load_recipe

_ROOT = Path(__file__).parents[3]
_FOLDER = _ROOT / "data_specs" / "training"
_DETECTORS = ("FCCeeALLEGRO", "FCCeeCLD", "ODD", "Par04SciPb", "Par04SiW")


def listed(folder: Path = _FOLDER) -> dict[str, tuple[int, str]]:
    """Number of showers and SHA-256 of each file, as the README has them."""
    rows = re.findall(
        r"\| `([\w/]+\.h5)` \| (\d+) \| ([0-9a-f]{64}) \|", (folder / "README.md").read_text()
    )
    return {name: (int(n), sha256) for name, n, sha256 in rows}


def particles(conditions: Conditions) -> set[tuple[float, float]]:
    energy, theta = (v.astype(np.float32).tolist() for v in (conditions.energy, conditions.theta))
    return set(zip(energy, theta, strict=True))


def test_the_readme_lists_every_file() -> None:
    files = {path.name: path for path in _FOLDER.glob("*.h5")}
    assert listed().keys() == files.keys()
    for name, (_, sha256) in listed().items():
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == sha256, name
    assert max(path.stat().st_size for path in files.values()) < 20e6
    assert sum(path.stat().st_size for path in files.values()) < 60e6


def test_the_readme_of_the_references_lists_every_file_and_the_parts_are_all_of_it() -> None:
    folder = _ROOT / "data_specs" / "reference"
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.h5")}
    assert listed(folder).keys() == files.keys()
    for name, (n, sha256) in listed(folder).items():
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == sha256, name
        with LemursFile(files[name]) as file:
            assert len(file) == n, name
            parts = file.attributes.get("parts")
        if not name.startswith("singles/"):
            made = json.loads(str(parts))
            assert sum(part["n"] for part in made) == n, name
            seeds = [part["seed"] for part in made]
            assert len(set(seeds)) == len(seeds), name


@pytest.mark.parametrize("name", _DETECTORS)
def test_showers_are_of_the_detector_and_not_of_its_reference(name: str) -> None:
    """Two showers of the same energy and angle, to 24 bits each, are one."""
    detector = load_detector(name)
    with LemursFile(_ROOT / "data_specs" / "reference" / f"{name}.h5") as reference:
        seen = particles(reference.conditions)
    paths = sorted(_FOLDER.glob(f"{name}_*.h5"))
    assert paths
    for path in paths:
        with LemursFile(path, detector.mesh_geometry.shape) as file:
            showers, conditions = file.read(), file.conditions
            assert file.mesh == detector.mesh_geometry
            assert len(file) == listed()[path.name][0]
        check_conditions(conditions, detector, path)
        assert not particles(conditions) & seen, path.name
        response = showers.energy.sum(axis=(1, 2, 3)) / conditions.energy
        error = response.std() / np.sqrt(len(response))
        assert (
            abs(response.mean() - detector.sampling_fraction)
            < 5 * error + 0.01 * detector.sampling_fraction
        )


def test_training_finds_its_showers_in_a_clone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(_ROOT)
    configured = Path("reference_models/configs/train.yaml")
    config = read_config(configured)
    for name in _DETECTORS:
        patterns = config.files[name]
        there = {path.name for pattern in patterns for path in config.data_dir.glob(pattern)}
        assert there == {file for file in listed() if file.startswith(name)}
    # One file of each detector is enough to see that training begins.
    few = tmp_path / "few.yaml"
    few.write_text(configured.read_text().replace("_train*.h5", "_train4.h5"))
    recipe = load_recipe(few)
    assert sum(len(sample.energy) for sample in recipe.train) == 5 * 95
    assert np.isfinite(recipe.trainer.validate(recipe.trainer.network))


def test_the_wheel_holds_all_data_but_this() -> None:
    build = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    included = {
        Path(source).name
        for source in build["targets"]["wheel"]["force-include"]
        if source.startswith("data_specs")
    }
    present = {
        path.name for path in (_ROOT / "data_specs").iterdir() if not path.name.startswith(".")
    }
    assert included == present - {"training"}


def test_training_showers_may_be_of_any_format_that_calobench_reads(tmp_path: Path) -> None:
    detector = load_detector("ODD")
    rng = np.random.default_rng(1)
    energy = rng.random((3, *detector.mesh_geometry.shape), np.float32)
    energy *= 2e4 * detector.sampling_fraction / energy[0].sum()
    np.savez(
        tmp_path / "mine.npz", showers=energy, incident_energy=np.full(3, 2e4),
        incident_theta=np.full(3, 1.5), incident_phi=np.zeros(3),
    )  # fmt: skip
    symmetry = StaveSymmetry(detector.staves.count, mirror_y=True)
    with pytest.warns(UserWarning, match="axes are taken to be"):
        sample = read_sample(detector, [tmp_path / "mine.npz"], symmetry)
    np.testing.assert_array_equal(sample.showers.numpy(), energy)
    assert (sample.name, sample.slot) == ("ODD", detector.one_hot_slot)
