"""The parametrised shower of ``docs/examples/calobench-gflash``: a package of its own, installed and run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from installed import ROOT, Installed

from calobench.detectors import load_detector
from calobench.harness.reference import bundled_reference
from calobench.io import LemursFile, write_lemurs
from calobench.results.store import read_results

pytest.importorskip("pip", reason="the package is installed with pip")
pytest.importorskip("hatchling", reason="the package is built with hatchling")

pytestmark = pytest.mark.timeout(900)

PACKAGE = ROOT / "docs" / "examples" / "calobench-gflash"
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(PACKAGE, tmp_path_factory.mktemp("site"))


def test_it_runs_under_its_short_name(installed: Installed, tmp_path: Path) -> None:
    assert "gflash" in installed.calobench("models")
    detector = load_detector("ALLEGRO")
    with LemursFile(bundled_reference(detector)) as file:
        few = file.read()[:60]
    reference = tmp_path / "reference.h5"
    write_lemurs(reference, [few], detector=detector.name, mesh=detector.mesh_geometry)
    installed.calobench(
        "run", "--model", "gflash", "--detector", "ALLEGRO", "-n", "60", "--reference", str(reference),
        "--replicas", "20", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    results = read_results(tmp_path / "out" / "results.json")
    assert results.model.name == "gflash"
    assert results.model.parameters
    # Fitted to showers of this detector: its response and its depth are Geant4's within a few errors.
    for name in ("response", "centre_of_gravity_z"):
        (data,) = [one.data for one in results.observables if one.name == name]
        assert data.kind == "distribution"
        error = data.reference_std / 60**0.5
        assert abs(data.model_mean - data.reference_mean) < 6 * error


def test_its_own_tests_pass(installed: Installed) -> None:
    process = installed.python(*PYTEST, str(PACKAGE / "tests"))
    assert re.search(r"\d+ passed", process)


def test_it_keeps_the_contract_of_a_model(installed: Installed) -> None:
    contracts = str(ROOT / "tests" / "unit" / "test_contracts.py")
    process = installed.python(*PYTEST, "-rA", "-k", "gflash", contracts)
    assert re.search(r"PASSED .*pure_function.*\[gflash\]", process), process


def test_a_fit_of_bad_input_ends_in_one_line(installed: Installed, tmp_path: Path) -> None:
    out = tmp_path / "mine.json"
    files = [str(ROOT / "data_specs" / "training" / "Par04SiW_train4.h5")]
    # An unknown detector, showers of another one, and too few showers.
    for detector, given in (("nowhere", files), ("ODD", files), ("SiW", files)):
        arguments = ("--detector", detector, "--out", str(out), *given)
        installed.python("-m", "calobench_gflash", "fit", *arguments, codes=(2,))
    assert not out.exists()
