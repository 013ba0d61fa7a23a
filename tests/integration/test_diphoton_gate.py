"""From the di-photon benchmark of two models to the gate's verdict, by commands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import pytest
from quality_factory import make_run
from toy_showers import toy_showers

from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.io import sha256_of_file
from calobench.results.store import read_results, write_results

CLD = load_detector("CLD")


def code(*arguments: Any) -> Any:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("gate")
    showers = toy_showers(CLD, 100)
    singles = folder / "singles.h5"
    with h5py.File(singles, "w") as file:
        file["showers"] = showers.energy
        for part in ("energy", "theta", "phi"):
            file[f"incident_{part}"] = getattr(showers.conditions, part)
    runs = (
        ("before", "photons", 1),
        ("same", "photons", 2),
        ("worse", "faint_photons", 2),
    )
    for name, model, seed in runs:
        path = folder / f"{name}.json"
        run = make_run(seed=seed)[0]
        detector = run.detector.model_copy(
            update={"name": CLD.name, "geometry_hash": CLD.geometry_hash}
        )
        of_photons = run.model.model_copy(update={"name": "photons", "weights_hash": None})
        run = run.model_copy(update={"detector": detector, "model": of_photons})
        write_results(path, run)
        # Drawing a report takes longest: once is enough.
        there = (
            ("--into", path) if name == "before" else ("--out", folder / f"{name}_diphoton.json")
        )
        assert code(
            "diphoton", "--model", f"toy_photons:{model}", "--detector", "CLD", "--seed", seed,
            "--reference", singles, "-n", 150, "--seeds", 1, "--replicas", 20,
            "--separation", "5:20", *there,
        ) == 0  # fmt: skip
        if name != "before":
            record = DiphotonResults.model_validate_json(there[1].read_text())
            write_results(path, run.with_benchmarks({"diphoton": record}))
    (folder / "policy.toml").write_text(
        '[benchmark.diphoton]\nmin_pairs = 50\njudge = "required"\n'
    )
    return folder


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Path:
    path = folder / "baseline.json"
    assert code("baseline", folder / "before.json", "-o", path) == 0
    return path


def gate(folder: Path, baseline: Path, name: Any) -> Any:
    return code(
        "gate", folder / f"{name}.json", "--baseline", baseline,
        "--policy", folder / "policy.toml", "--junit", folder / f"{name}.xml",
    )  # fmt: skip


def test_the_record_names_its_reference(folder: Any) -> None:
    record = read_results(folder / "before.json").benchmark("diphoton", DiphotonResults)
    assert record.reference.sha256 == (sha256_of_file(folder / "singles.h5"),)
    assert record.settings.geometry_hash == CLD.geometry_hash


def test_the_same_model_passes_and_one_with_less_energy_is_named(
    folder: Any, baseline: Path
) -> None:
    assert gate(folder, baseline, "same") == 0
    assert gate(folder, baseline, "worse") == 1
    assert 'name="diphoton.response"><failure' in "".join(
        line.strip() for line in (folder / "worse.xml").read_text().splitlines()
    )
    page = folder / "report.html"
    assert 'id="diphoton"' in page.read_text()


def test_few_pairs_are_told_when_the_baseline_is_made(
    folder: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code("baseline", folder / "before.json", "-o", tmp_path / "b.json") == 0
    out = capsys.readouterr()
    assert "diphoton: 12 metrics" in out.out
    assert "below 300 pairs" in out.err


def test_edited_metrics_are_refused(
    folder: Any, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((folder / "same.json").read_text())
    content["benchmarks"]["diphoton"]["metrics"]["metrics"][0]["value"] = 0.5
    (folder / "edited.json").write_text(json.dumps(content))
    assert gate(folder, baseline, "edited") == 2
    assert "edited" in capsys.readouterr().err
