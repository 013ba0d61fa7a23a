"""``calobench run --with cells``: from the command line, with a model and with a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import pytest
from toy_showers import toy_showers

from calobench.benchmarks.cells import classify as cells
from calobench.benchmarks.cells import network as cell_network
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import MissingPackageError
from calobench.harness.extras import Extras
from calobench.results.multivariate import ClassifierTest
from calobench.results.store import read_results

CLD = load_detector("CLD")


@pytest.fixture(autouse=True)
def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight networks that see every shower twice."""
    monkeypatch.setattr(cells, "FOLDS", 2)
    monkeypatch.setattr(cells, "SEEDS", 1)
    monkeypatch.setattr(cells, "TRAININGS", 3)
    monkeypatch.setattr(cell_network, "EPOCHS", 2)


def write(path: Path, showers: Any) -> Path:
    with h5py.File(path, "w") as file:
        file["showers"] = showers.energy
        for name in ("energy", "theta", "phi"):
            file[f"incident_{name}"] = getattr(showers.conditions, name)
    return path


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["run", "--detector", "CLD", "--replicas", "20", "--with", "cells", *arguments])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_a_model_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference = write(tmp_path / "reference.h5", toy_showers(CLD, 50))
    model = write(tmp_path / "model.h5", toy_showers(CLD, 60, seed=2))
    classifiers: list[Any] = []
    for name, options in (("toy_models:toy", ("-n", "70")), (str(model), ())):
        out = tmp_path / f"out{len(classifiers)}"
        assert (
            command("--model", name, "--reference", str(reference), "--out", str(out), *options)
            == 0
        )
        results = read_results(out / "results.json")
        assert "networks on the cells" in {stage.name for stage in results.stages}
        cells = results.benchmark("cells", ClassifierTest)
        assert cells is not None
        assert cells.score is not None
        classifiers.append(cells.score)
        page = (out / "report.html").read_text()
        assert "cell network AUC" in page
        assert "Weights of the network on the cells" in page
        assert "Weights of the classifier" in page
    assert [(score.n_model, score.n_reference) for score in classifiers] == [(70, 50), (60, 50)]
    # The toy model is nothing like the showers of the files, which differ by their seed alone.
    assert classifiers[0].value > 0.9
    assert 0.2 < classifiers[1].value < 0.8
    places = ("--reference", str(reference), "--out", str(tmp_path / "few"))
    assert command("--model", str(model), "-n", "30", *places) == 2
    assert "--with cells needs 40 showers" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "few").exists()


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match="leave --with cells out"):
        Extras(["cells"], "toy_models:toy", CLD, 1, 20)


def test_torch_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, calobench.harness.extras, calobench.benchmarks.cells.classify\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
