"""``calobench run`` from the command line, with a toy model and with files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
import yaml

from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.results.store import read_results

BUNDLED = data_specs_dir() / "reference" / "FCCeeALLEGRO.h5"
TOY = ("run", "--model", "toy_models:toy", "--detector", "ALLEGRO", "--replicas", "20")


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the toy model on 450 conditions: the first of the reference's."""
    out = tmp_path_factory.mktemp("toy") / "run"
    assert command(*TOY, "-n", "450", "--out", str(out)) == 0
    return out


def test_run_writes_results_and_report(finished: Path) -> None:
    results = read_results(finished / "results.json")
    assert results.run.n == 450
    assert results.run.paired_conditions
    assert results.reference.source == "bundled"
    assert {stage.name for stage in results.stages} >= {"read reference", "generate", "score"}
    assert len(results.events) == 6
    page = (finished / "report.html").read_text()
    assert len(page) < 3e6
    assert "<h1" in page


def test_every_score_has_error_null_and_n(finished: Path) -> None:
    scores = [s for o in read_results(finished / "results.json").observables for s in o.scores]
    assert len(scores) > 60
    reference = read_results(finished / "results.json").reference.n
    for score in scores:
        assert score.interval[0] <= score.value <= score.interval[1]
        assert score.null_median <= score.null_95
        assert 0 < score.p_value <= 1
        assert score.n_model <= 450
        assert score.n_reference <= reference


def test_a_toy_is_not_geant4_but_its_response_scale_is_right(finished: Path) -> None:
    observables = {o.name: o for o in read_results(finished / "results.json").observables}
    scores = {s.name: s for s in observables["width_r"].scores}
    # No permutation of 1,199 came near: the smallest p-value there is.
    assert scores["wasserstein"].p_value == pytest.approx(1 / 1200)
    response = observables["response"].data
    assert response.kind == "distribution"
    assert response.model_mean == pytest.approx(response.reference_mean, rel=0.01)


def test_report_is_made_again_without_torch_or_data(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['h5py'] = None\n"
        "from calobench.cli import main\n"
        f"main(['report', {str(finished / 'results.json')!r}, '--out', {str(again)!r}])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert again.read_bytes() == (finished / "report.html").read_bytes()


def test_same_seed_same_numbers(finished: Path, tmp_path: Path) -> None:
    assert command(*TOY, "-n", "450", "--out", str(tmp_path / "b")) == 0
    first, second = (read_results(p / "results.json") for p in (finished, tmp_path / "b"))
    assert first.observables == second.observables
    assert first.events == second.events


def test_file_of_the_reference_itself_scores_zero_and_is_said_to_be_a_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    arguments = ("run", "--model", str(BUNDLED), "--detector", "ALLEGRO", "--replicas", "20")
    assert command(*arguments, "--out", str(out)) == 0
    results = read_results(out / "results.json")
    for observable in results.observables:
        assert all(score.value == 0 for score in observable.scores), observable.name
    assert results.multivariate is not None
    assert results.multivariate.closeness is not None
    n = results.reference.n
    assert results.multivariate.closeness.exact == n
    assert any(f"{n} of {n} showers are showers of the reference" in w for w in results.warnings)
    assert "too close to the reference" in capsys.readouterr().out


def test_own_detector_by_path(tmp_path: Path) -> None:
    spec = yaml.safe_load((data_specs_dir() / "detectors" / "FCCeeALLEGRO.yaml").read_text())
    spec["name"], spec["aliases"] = "Mine", []
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(spec))
    reference = tmp_path / "reference.h5"
    shutil.copy(BUNDLED, reference)
    with h5py.File(reference, "a") as file:
        file.attrs["detector"] = "Mine"
    code = command(
        "run", "--model", "toy_models:toy", "--detector", str(tmp_path / "mine.yaml"),
        "--reference", str(reference), "-n", "20", "--replicas", "20",
        "--out", str(tmp_path / "run"),
    )  # fmt: skip
    assert code == 0
    assert read_results(tmp_path / "run" / "results.json").detector.name == "Mine"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--model": "destilled"}, "did you mean 'distilled'"),
        ({"--detector": "ALEGRO"}, "did you mean 'ALLEGRO'"),
        ({"--detector": "missing.yaml"}, "cannot read detector file"),
        ({"--model": "missing.h5"}, "missing.h5"),
        ({"--model": "toy_models:nan"}, "NaN"),
        ({"--model": "toy_models:narrow"}, "outside"),
        ({"--model": "toy_models:other_detector"}, "was not made for"),
        ({"--reference": "missing.h5"}, "missing.h5"),
        ({"--detector": "ODD", "--reference": str(BUNDLED)}, "holds showers of FCCeeALLEGRO"),
        ({"-n": "0"}, "at least 1"),
        ({"-n": "-5"}, "at least 1"),
        ({"-n": "many"}, "not a valid integer"),
        ({"--replicas": "1"}, "20"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    changes: dict[str, str],
    message: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"--model": "toy_models:toy", "--detector": "ALLEGRO", "-n": "20"} | changes
    arguments = [word for pair in options.items() for word in pair]
    assert command("run", *arguments) == 2
    errors = [line for line in capfd.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert message in errors[0]
    assert list(tmp_path.iterdir()) == []


def test_existing_run_is_kept_without_force(
    finished: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (finished / "results.json").read_bytes()
    assert command(*TOY, "-n", "20", "--out", str(finished)) == 2
    assert "--force" in capfd.readouterr().err
    assert (finished / "results.json").read_bytes() == before


def test_unknown_command_and_option(capfd: pytest.CaptureFixture[str]) -> None:
    assert command("rnu") == 2
    assert "did you mean 'run'" in capfd.readouterr().err
    assert command("run", "--modle", "x") == 2
    assert len(capfd.readouterr().err.strip().splitlines()) == 1


def test_lists(capfd: pytest.CaptureFixture[str]) -> None:
    assert command("models") == 0
    listed = capfd.readouterr().out
    assert all(name in listed for name in ("full", "solver", "distilled"))
    assert command("detectors") == 0
    assert "FCCeeALLEGRO" in capfd.readouterr().out


def test_schema_on_disk_is_the_code_s() -> None:
    from calobench.results.store import json_schema

    assert (data_specs_dir() / "results.schema.json").read_text() == json_schema()


def test_results_of_another_version_are_refused(
    finished: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((finished / "results.json").read_text())
    content["schema_version"] = "7.0"
    (tmp_path / "results.json").write_text(json.dumps(content))
    assert command("report", str(tmp_path / "results.json")) == 2
    assert "schema version '7.0'" in capfd.readouterr().err


def test_help_and_import_are_light() -> None:
    code = (
        "import sys, calobench, calobench.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip().endswith("[]")
    assert re.search(r"run +Generate showers", result.stdout)
