"""Files of showers are joined with what made each of them, however often."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ShowerFileError
from calobench.io import LemursFile
from calobench.io.writers.lemurs import LemursWriter
from calobench.showers import Conditions, Showers

SCRIPT = Path(__file__).parents[2] / "studies" / "join_showers.py"
ODD = load_detector("ODD")


@pytest.fixture(scope="module")
def join() -> Callable[[Path, list[Path], int], int]:
    function: Callable[[Path, list[Path], int], int] = runpy.run_path(str(SCRIPT))["join"]
    return function


def written(path: Path, seed: int, n: int) -> Showers:
    rng = np.random.default_rng(seed)
    cells = rng.lognormal(-3, 2, (n, *ODD.mesh_geometry.shape)).astype(np.float32)
    conditions = Conditions(rng.uniform(1e3, 1e5, n), rng.uniform(1, 2, n), rng.uniform(0, 6, n))
    showers = Showers(cells, conditions)
    attributes = {"seed": seed, "geant4": f"Geant4 of {seed}"}
    with LemursWriter(
        path, detector="ODD", mesh=ODD.mesh_geometry, attributes=attributes
    ) as writer:
        writer.append(showers, {"total_deposit": cells.sum(axis=(1, 2, 3))})
    return showers


def test_parts_of_a_joined_file_stay_when_more_is_joined(
    join: Callable[[Path, list[Path], int], int], tmp_path: Path
) -> None:
    paths = [tmp_path / f"{seed}.h5" for seed in (1, 2, 3)]
    showers = [written(path, k + 1, 4 + k) for k, path in enumerate(paths)]
    assert join(tmp_path / "two.h5", paths[:2], 10) == 9
    assert join(tmp_path / "three.h5", [tmp_path / "two.h5", paths[2]], 8) == 15
    with LemursFile(tmp_path / "three.h5") as file:
        parts = json.loads(str(file.attributes["parts"]))
        joined = file.read()
    assert [(part["seed"], part["n"]) for part in parts] == [(1, 4), (2, 5), (3, 6)]
    assert [part["geant4"] for part in parts] == [f"Geant4 of {seed}" for seed in (1, 2, 3)]
    expected = Showers.concatenate(showers)
    np.testing.assert_array_equal(joined.conditions.energy, expected.conditions.energy)
    # Rounded to 10 bits, then to 8.
    np.testing.assert_allclose(joined.energy, expected.energy, rtol=2**-9 + 2**-11)


def test_showers_of_an_earlier_file_are_refused(
    join: Callable[[Path, list[Path], int], int], tmp_path: Path
) -> None:
    written(tmp_path / "a.h5", 1, 4)
    written(tmp_path / "b.h5", 2, 3)
    join(tmp_path / "both.h5", [tmp_path / "a.h5", tmp_path / "b.h5"], 10)
    with pytest.raises(ShowerFileError, match="one of an earlier file"):
        join(tmp_path / "again.h5", [tmp_path / "both.h5", tmp_path / "b.h5"], 10)
    assert not (tmp_path / "again.h5").exists()
