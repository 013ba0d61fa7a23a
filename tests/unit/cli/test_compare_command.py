"""``calobench compare``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from several_factory import make_run, write_runs

from calobench.benchmarks.paired.record import PairedComparison
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.harness.reference import bundled_reference
from calobench.io.readers.lemurs import LemursFile
from calobench.io.writers.lemurs import write_lemurs
from calobench.results.store import write_results
from calobench.showers import Showers

Capture = pytest.CaptureFixture[str]
TOYS = "toy_models:toy,toy_models:scaled_toy"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["compare", "--detector", "ALLEGRO", *(str(argument) for argument in arguments)])
    return int(stop.value.code or 0)


def test_a_toy_against_a_scaled_toy(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "comparison.json"
    assert run("--models", TOYS, "-n", 60, "--replicas", 20, "--json", path) == 0
    out = capsys.readouterr().out
    assert "FPD" in out
    assert "mean of KS" in out
    assert max(map(len, out.splitlines())) <= 80
    comparison = PairedComparison.model_validate_json(path.read_text())
    with LemursFile(bundled_reference(load_detector("ALLEGRO"))) as reference:
        assert (comparison.n, comparison.n_reference, comparison.seed) == (60, len(reference), 1)
    assert comparison.paired_with_reference
    response = {one.score: one for one in comparison.observables if one.observable == "response"}
    # The second has 20 % more energy.
    difference = response["wasserstein"].first - response["wasserstein"].second
    assert response["wasserstein"].difference == pytest.approx(difference)
    assert np.isfinite([one.error for one in comparison.observables]).all()


def test_a_file_is_not_replaced_by_accident(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "comparison.json"
    path.write_text("mine")
    assert run("--models", TOYS, "--json", path) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_files_of_one_name_are_told_apart_and_an_empty_reference_is_refused(
    tmp_path: Path, capsys: Capture
) -> None:
    detector = load_detector("ALLEGRO")
    mesh = detector.mesh_geometry
    with LemursFile(bundled_reference(detector), mesh.shape) as file:
        showers = file.read()[:60]
    for name, scale in (("a", 1.0), ("b", 1.2), ("none", 0.0)):
        scaled = Showers(np.float32(scale) * showers.energy, showers.conditions)
        (tmp_path / name).mkdir()
        write_lemurs(tmp_path / name / "x.h5", [scaled], detector=detector.name, mesh=mesh)
    a, b, none = (tmp_path / name / "x.h5" for name in ("a", "b", "none"))
    path = tmp_path / "comparison.json"
    models = ("--models", f"{a},{b}", "--replicas", 20)
    assert run(*models, "--reference", a, "--json", path) == 0
    comparison = PairedComparison.model_validate_json(path.read_text())
    assert (comparison.first, comparison.second) == (str(a), str(b))
    for over in (a, b, none):
        assert run(*models, "--reference", none, "--json", over, "--force") == 2
        assert "one file" in capsys.readouterr().err
    assert run(*models, "--reference", none) == 2
    assert "no shower has any energy" in capsys.readouterr().err


@pytest.mark.parametrize("models", ["toy_models:toy", "a,b,c", "a,", ","])
def test_two_models_are_needed(models: str, capsys: Capture) -> None:
    assert run("--models", models) == 2
    assert "FIRST,SECOND" in capsys.readouterr().err


def test_no_showers(capsys: Capture) -> None:
    assert run("--models", TOYS, "-n", 0) == 2
    assert "at least 1 shower" in capsys.readouterr().err


def test_copies_and_few_showers_are_said_and_the_json_stands_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    detector = load_detector("ALLEGRO")
    with LemursFile(bundled_reference(detector), detector.mesh_geometry.shape) as file:
        few = next(file.chunks(4))
    for name in ("a", "b"):
        write_lemurs(tmp_path / f"{name}.h5", [few], detector="ALLEGRO")
    files = f"{tmp_path / 'a.h5'},{tmp_path / 'b.h5'}"
    assert run("--models", files, "--replicas", 20, "--json", "-") == 0
    printed = capfd.readouterr()
    comparison = PairedComparison.model_validate_json(printed.out)
    for words in (
        "a: 4 of 4 showers are copies of the reference's own showers",
        "only 4 showers of b: too few showers for error bars",
        "a and b are the same showers, to the last bit of every cell",
    ):
        assert any(words in warning for warning in comparison.warnings), words
        assert words in printed.err
    assert all(one.p_value == 1 for one in comparison.observables)


def compare(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["compare", *(str(argument) for argument in arguments)])
    return int(stop.value.code or 0)


def test_results_make_a_page_with_the_verdicts_and_a_paired_comparison(
    tmp_path: Path, capsys: Capture
) -> None:
    paired, page = tmp_path / "paired.json", tmp_path / "page.html"
    assert run("--models", TOYS, "-n", 60, "--replicas", 20, "--json", paired) == 0
    capsys.readouterr()
    runs = write_runs(tmp_path, "full", "distilled")
    assert compare(*runs, paired, "--out", page) == 0
    out = capsys.readouterr().out
    assert out.startswith("full: ")
    assert "\ndistilled: " in out
    assert "60 showers of each on the same conditions and seeds" in page.read_text()
    assert compare(*runs, "--out", page) == 2
    assert "--force" in capsys.readouterr().err
    assert compare(*runs, "--out", runs[0], "--force") == 2
    assert "one file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give RESULTS, two results.json or more, or --models"),
        (("--seed", 3), "--seed goes with --models only"),
        (("a.json", "--models", "a,b", "--detector", "ODD"), "give RESULTS or --models, not both"),
        (("--models", "a,b", "--detector", "ODD", "--out", "x"), "--out goes with RESULTS only"),
        (("--models", "a,b"), "Missing option '--detector'"),
        (("missing.json", "other.json"), "does not exist"),
        (("a.json", "b.json", "--out", "x.pdf"), "--out x.pdf: the page is HTML; name it x.html"),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: tuple[object, ...], words: str, capsys: Capture
) -> None:
    assert compare(*arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_one_result_other_detectors_and_other_protocols_are_refused(
    tmp_path: Path, capsys: Capture
) -> None:
    first, second = write_runs(tmp_path, "full", "distilled")
    page = tmp_path / "page.html"
    odd = make_run("other")
    odd = odd.model_copy(update={"detector": odd.detector.model_copy(update={"name": "ODD"})})
    write_results(tmp_path / "odd.json", odd)
    challenge = tmp_path / "challenge.json"
    challenge.write_text('{"schema_version": "calochallenge-2.0"}')
    damaged = tmp_path / "paired.json"
    damaged.write_text('{"comparison_version": "9"}')
    for files, words in (
        ((first,), "one result cannot be compared with itself"),
        ((first, tmp_path / "odd.json"), "other detectors"),
        ((first, challenge), "give results of one protocol"),
        ((first, second, damaged), "is no comparison of two models"),
        ((first, first), "given twice"),
    ):
        assert compare(*files, "--out", page) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert not page.exists()
