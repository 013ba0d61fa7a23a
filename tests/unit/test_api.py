"""The Python face: four lines of science are four lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from toy_models import toy
from toy_showers import toy_showers

import calobench as cb
from calobench.errors import MeshMismatchError, OutputError, ShowerFileError, UnknownNameError
from calobench.io import write_lemurs

CLD = cb.load_detector("CLD")
SETTINGS = {"detector": "CLD", "replicas": 20}


@pytest.fixture(scope="module")
def truth() -> cb.Showers:
    return toy_showers(CLD, 80, seed=3)


@pytest.fixture(scope="module")
def result(truth: cb.Showers) -> cb.Result:
    return cb.evaluate(toy_showers(CLD, 80, seed=4), truth, name="mine", **SETTINGS)


def test_public_names_are_there_and_nothing_heavy_is_imported() -> None:
    for name in cb.__all__:
        assert getattr(cb, name) is not None
    assert set(cb.__all__) <= set(dir(cb))
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = cb.evalute
    code = (
        "import sys, calobench\n"
        "sys.exit(any(n in sys.modules for n in ('numpy', 'torch', 'matplotlib', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_result_shows_what_it_holds(result: cb.Result) -> None:
    table = result.table()
    assert {"value", "error", "null_95", "p_value"} <= set(table.columns)
    assert table.loc[("response", "wasserstein"), "n_model"] == 80
    assert result.verdict in repr(result)
    assert "mine on FCCeeCLD" in repr(result)
    assert "<table" in result._repr_html_()
    assert result.results.run.n == 80


def test_an_array_has_the_conditions_of_the_reference(truth: cb.Showers) -> None:
    result = cb.evaluate(np.asarray(truth.energy) * 1.1, truth, **SETTINGS)
    assert result.results.run.paired_conditions
    same = cb.evaluate(
        cb.Showers(truth.energy * np.float32(1.1), truth.conditions), truth, **SETTINGS
    )
    assert result.table().equals(same.table())
    assert result.table().loc[("response", "wasserstein"), "p_value"] < 0.05


def test_a_model_and_a_file_are_samples_too(truth: cb.Showers, tmp_path: Path) -> None:
    result = cb.evaluate(toy(), truth, n=60, **SETTINGS)
    assert result.results.model.name == "toy"
    assert result.results.run.n == 60
    path = tmp_path / "mine.h5"
    write_lemurs(path, [truth], detector="FCCeeCLD", mesh=CLD.mesh_geometry)
    assert len(cb.read_showers(path)) == 80
    assert len(cb.read_showers(path, path)) == 160
    stored = cb.evaluate(path, path, **SETTINGS)
    assert any("copies" in warning or "cop" in warning for warning in stored.warnings)


def test_saved_and_read_again(result: cb.Result, tmp_path: Path) -> None:
    page = result.save(tmp_path / "run")
    assert page.read_text().startswith("<!DOCTYPE html>")
    again = cb.read_results(tmp_path / "run")
    assert again.verdict == result.verdict
    assert again.table().equals(cb.read_results(tmp_path / "run" / "results.json").table())
    with pytest.raises(OutputError, match="already holds a run"):
        result.save(tmp_path / "run")


def test_the_gate_takes_results(result: cb.Result) -> None:
    # 80 showers are too few for statistics, but these are the same showers.
    assert cb.judge(result, result).verdict == "PASS"


def test_a_table_for_a_paper(result: cb.Result) -> None:
    text = result.to_latex()
    assert text.startswith("\\begin{tabular}{lrrr}\n\\toprule")
    assert " \\pm " in text
    assert r"$E_{\mathrm{vis}}$ / $E_{\mathrm{inc}}$" in text
    assert all(line.count("&") == 3 for line in text.splitlines()[4:-2])
    with pytest.raises(UnknownNameError, match="did you mean 'wasserstein'"):
        result.to_latex("waserstein")


def test_a_plot_of_an_observable(result: cb.Result) -> None:
    import matplotlib.pyplot as plt

    for name in ("response", "longitudinal_profile"):
        assert result.plot(name).axes
    plt.close("all")
    with pytest.raises(UnknownNameError, match="did you mean 'response'"):
        result.plot("respose")


def test_wrong_arrays_are_named(truth: cb.Showers) -> None:
    with pytest.raises(ShowerFileError, match=r"shape \(80, 6480\); it must be"):
        cb.evaluate(truth.energy.reshape(80, -1), truth, **SETTINGS)
    with pytest.raises(MeshMismatchError, match=r"give an array of \(N, r, phi, z\)"):
        cb.evaluate(truth.energy.transpose(0, 3, 2, 1), truth, **SETTINGS)
    bad = truth.energy.copy()
    bad[3, 0, 0, 0] = np.nan
    with pytest.raises(ShowerFileError, match="mine"):
        cb.evaluate(bad, truth, name="mine", **SETTINGS)


def test_more_showers_than_memory_are_refused_before_they_are_asked_for(truth: cb.Showers) -> None:
    with pytest.raises(MemoryError, match=r"observables of 1000000000000 showers would take"):
        cb.evaluate(cb.load_model("distilled"), truth, n=10**12, **SETTINGS)


def test_arrays_are_copied(truth: cb.Showers) -> None:
    energies = truth.energy.copy()
    cb.evaluate(energies, truth, **SETTINGS)
    np.testing.assert_array_equal(energies, truth.energy)


def test_bundled_references_are_there() -> None:
    assert len(cb.reference("CLD")) >= 200
