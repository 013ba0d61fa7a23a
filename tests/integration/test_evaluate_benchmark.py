"""The tasks of the evaluation benchmark, on a few showers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from calobench._util.resources import data_specs_dir
from calobench.io import LemursFile

SOURCE = data_specs_dir() / "reference" / "FCCeeALLEGRO.h5"


@pytest.fixture(scope="module")
def tasks() -> ModuleType:
    folder = str(Path(__file__).parents[2] / "studies")
    sys.path.insert(0, folder)
    try:
        import evaluate_tasks
    finally:
        sys.path.remove(folder)
    return evaluate_tasks


@pytest.fixture(scope="module")
def files(tasks: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("samples")
    paths = [folder / "reference.h5", folder / "model.h5"]
    for seed, path in enumerate(paths):
        tasks.make(str(path), [str(SOURCE)], 130, seed)
    return [str(path) for path in paths]


def test_made_showers_are_real_ones_turned_and_scaled(files: list[str]) -> None:
    with LemursFile(files[0]) as file:
        generated = file.read()
    with LemursFile(SOURCE) as file:
        real = file.read()
    assert len(generated) == 130
    # Turning leaves the sum over azimuth, scaling the response.
    shape = generated.energy.sum(axis=2) / generated.conditions.energy[:, None, None]
    shapes = real.energy.sum(axis=2) / real.conditions.energy[:, None, None]
    for one in shape:
        distance = np.abs(shapes - one).sum(axis=(1, 2)).min() / one.sum()
        assert distance < 1e-3


def test_tasks_measure_and_agree(tasks: ModuleType, files: list[str]) -> None:
    for task in (tasks.read_hdf5, tasks.read):
        assert task(files)["read_cpu_s"] > 0
    scores = tasks.score(files, replicas=20, seed=1)
    assert scores["replicas_peak_mb"] >= scores["observables_peak_mb"] > 10
    # It fails where the plain results are not calobench's.
    assert tasks.plain(files, showers=100, replicas=20, seed=1)["largest_difference"] < 1e-9
