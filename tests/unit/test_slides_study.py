"""The study of the slides' table: its calls, what it keeps of runs, its tables and its page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import h5py
import pytest
from diphoton_factory import BINS, make_diphoton

from calobench.benchmarks.diphoton.record import BinValue, CurveRecord, DiphotonResults, Measured
from calobench.results.store import read_results, write_results
from calobench.suite.judged import judgement
from calobench.suite.sweep import SweepPoint, SweepResults
from calobench.suite.sweep.published import published_times
from calobench.suite.sweep.record import SweepTime

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

import slides_page
import slides_table

ROOT = Path(__file__).parents[2]
# With all scores that a run has.
REAL = read_results(ROOT / "reports" / "samples" / "distilled-FCCeeALLEGRO" / "results.json")
POINTS = {
    "heun-79": ("ILD.safetensors:sampler=heun,nfe=79", "heun", 79),
    "ILD_distilled.nfe.1": ("ILD_distilled.safetensors:nfe=1", None, 1),
    "ILD_geant4": ("ILD_geant4.h5", None, None),
}


def pairs_record(seed: int, level: float) -> DiphotonResults:
    def points(value: float) -> tuple[BinValue, ...]:
        return (BinValue(n=50, value=value, low=value - 0.1, high=value + 0.1),) * (BINS - 1) + (
            BinValue(n=0, value=None, low=None, high=None),
        )

    curves = tuple(
        CurveRecord(name=name, label=name, unit="", reference=points(0.6), model=points(level))
        for name in ("exactly_two", "count", "mass", "fragments")
    )
    return make_diphoton(seed, half_mm=None).model_copy(update={"curves": curves})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the commands would have left."""
    points = []
    for seed, (name, (model, sampler, nfe)) in enumerate(POINTS.items(), 1):
        own = REAL.model.model_copy(update={"name": name})
        run = REAL.model_copy(update={"model": own, "benchmarks": {}})
        if nfe is not None:
            run = run.with_benchmarks({"diphoton": pairs_record(seed, 0.1 * seed)})
        write_results(tmp_path / "sweep" / name / "results.json", run)
        points.append(
            SweepPoint(
                name=name, model=model, sampler=sampler, nfe=nfe, folder=name, state="done",
                published=published_times().time(sampler or "consistency", nfe),
                time=None if nfe is None else SweepTime(
                    median_ms=9.0, error_ms=0.1, speed_up=100.0, speed_up_error=4.0, cpu_ms=8.0 * nfe,
                    speed_up_cpu=125.0 / nfe, speed_up_cpu_error=5.0 / nfe,
                ),
                **judgement(run),
            )
        )  # fmt: skip
    swept = SweepResults(
        calobench="0.1.0", command="calobench sweep", detector="ILD", n=400, n_reference=400, seed=1,
        points=tuple(points), energy_mev=50e3, spectrum_mev=(10e3, 90e3), geant4_ms=(1000.0, 30.0),
        processor="a processor",
    )  # fmt: skip
    (tmp_path / "sweep" / "sweep.json").write_text(swept.model_dump_json())
    for name in ("ILD", "ILD_distilled"):
        card = {"kind": "train", "steps_done": 700, "calibrations": {"lms-40": {}, "heun-63": {}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    for name in ("ILD_reference.h5", "ILD_geant4.h5", "ILD_20GeV.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file.attrs["provenance"] = json.dumps({"seed": 90200, "n": 500})
            file.attrs["geant4"] = "11.4.1"
    return tmp_path


@pytest.fixture
def result(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[dict[str, Any], list[list[str]], Path]:
    calls: list[list[str]] = []
    monkeypatch.setattr(slides_table, "_run", lambda _, call: calls.append(call))
    out, sample = tmp_path / "out" / "slides.json", tmp_path / "sample"
    words = ["slides_table.py", str(folder), "--geant4-data", "/tables", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [*words, "--sample", str(sample)])
    slides_table.main()
    return json.loads(out.read_text()), calls, sample


def test_times_are_measured_last_and_every_model_has_its_pairs(
    result: tuple[dict[str, Any], list[list[str]], Path],
) -> None:
    numbers, calls, _ = result
    assert [call[1] for call in calls] == ["sweep", "diphoton", "diphoton", "sweep"]
    assert calls[0][-3:] == ["--no-time", "--workers", "1"]
    assert "--workers" not in " ".join(numbers["calls"])
    assert calls[-1][-2:] == ["--geant4-data", "/tables"]
    assert "/tables" not in " ".join(numbers["calls"])
    denoiser, student = calls[1:3]
    assert denoiser[denoiser.index("--model") + 1] == POINTS["heun-79"][0]
    assert denoiser[denoiser.index("-n") + 1] == str(6 * 45)
    assert student[student.index("-n") + 1] == str(6 * 300)
    assert student[-1] == "sweep/ILD_distilled.nfe.1/results.json"


def test_what_is_kept_of_the_runs(result: tuple[dict[str, Any], list[list[str]], Path]) -> None:
    numbers, _, _ = result
    assert [row["label"] for row in numbers["rows"]] == [
        "Heun, 79",
        "CD, 1",
        "Geant4, other showers",
    ]
    assert numbers["showers"]["ILD_20GeV.h5"] == {"seed": 90200, "n": 500, "geant4": "11.4.1"}
    assert numbers["weights"]["ILD.safetensors"]["calibrated"] == ["heun-63", "lms-40"]
    pairs = numbers["pairs"]
    assert [curve["name"] for curve in pairs["curves"]] == ["exactly_two", "count", "fragments"]
    assert list(pairs["pairs"].values()) == [400, 500, 500]
    assert pairs["half_mm"]["Geant4"] == Measured(value=12.5, error=0.1).model_dump()
    assert pairs["half_mm"]["CD, 1"] is None


def test_tables(result: tuple[dict[str, Any], list[list[str]], Path]) -> None:
    numbers, _, _ = result
    times = slides_page.times_table(numbers).splitlines()
    assert times[2] == "| Geant4 | | 3910 ± 70 | 1 | 1000 ± 30 | 1 |"
    assert times[3] == "| Heun | 79 | 12360 ± 70 | 0.32 | 632 | 1.58 ± 0.06 |"
    assert times[4] == "| CD | 1 | 158.7 ± 0.8 | 25 | 8 | 125 ± 5 |"
    quality = slides_page.quality_table(numbers).splitlines()
    assert [line.split("|")[1].strip() for line in quality[2:]] == [
        "Geant4, other showers",
        "Heun",
        "CD",
    ]
    columns = {line.count("|") for line in quality}
    assert len(columns) == 1
    two = slides_page.exactly_two_table(numbers).splitlines()
    assert two[2].startswith("| Geant4 | 400 | 0.60 ± 0.10 |")
    assert "| – |" in two[2]
    assert two[3].startswith("| Heun, 79 | 500 | 0.10 ± 0.10 |")
    assert slides_page.count_table(numbers).startswith("| count |")
    assert slides_page.fragments_table(numbers).startswith("| fragments |")


def test_a_row_whose_run_failed_keeps_its_time(
    result: tuple[dict[str, Any], list[list[str]], Path], folder: Path
) -> None:
    numbers, _, _ = result
    swept = SweepResults.model_validate_json((folder / "sweep" / "sweep.json").read_bytes())
    heun, *others = swept.points
    failed = heun.model_copy(update={"state": "failed"})
    rest = swept.model_copy(update={"points": (failed, *others)})
    lost = slides_table.collected(folder, rest, [])
    assert lost["rows"][0]["run"] is None
    assert slides_page.quality_table(lost).splitlines()[3].endswith("| – | not judged |")
    assert slides_page.times_table(lost) == slides_page.times_table(numbers)
    assert list(lost["pairs"]["pairs"]) == ["Geant4", "CD, 1"]


def test_page_stands_alone(result: tuple[dict[str, Any], list[list[str]], Path]) -> None:
    _, _, sample = result
    page = (sample / "index.html").read_text()
    assert "Two photons close together" in page
    assert page.count("<svg") >= 3
    assert "report.html" not in page
    assert "spread evenly from 10 to 90 GeV" in page
    kept = SweepResults.model_validate_json((sample / "sweep.json").read_bytes())
    assert {point.folder for point in kept.points} == {None}


def test_rows_of_other_pairs_of_geant4_do_not_stand_side_by_side() -> None:
    one, other = pairs_record(1, 0.1), pairs_record(2, 0.2)
    other = other.model_copy(update={"reference": other.reference.model_copy(update={"pairs": 7})})
    with pytest.raises(ValueError, match="not of the same pairs"):
        slides_table.pairs_of({"a": one, "b": other})
