from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from quality_factory import make_run

from calobench.cli import main
from calobench.results.store import write_results


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("runs")
    runs = {
        "before": make_run(seed=1)[0],
        "same": make_run(seed=2)[0],
        "worse": make_run(seed=3, shift=0.6)[0],
        "few": make_run(seed=2, n=100)[0],
    }
    for name, run in runs.items():
        write_results(folder / f"{name}.json", run)
    main_code("baseline", folder / "before.json", "-o", folder / "baseline.json")
    return folder


def main_code(*arguments: Any) -> Any:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def gate(files: Any, name: Any, *options: Any) -> Any:
    return main_code(
        "gate", files / f"{name}.json", "--baseline", files / "baseline.json", *options
    )


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("same", 0, "PASS"),
        ("before", 0, "PASS"),
        ("worse", 1, "REGRESSION"),
        ("few", 3, "NO VERDICT"),
    ],
)
def test_exit_code_is_the_verdict(
    files: Any, capsys: pytest.CaptureFixture[str], name: str, code: int, word: str
) -> None:
    assert gate(files, name) == code
    assert word in capsys.readouterr().out


def test_files_are_written_whatever_the_verdict(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("same", "worse", "few"):
        places = {kind: tmp_path / name / f"gate.{kind}" for kind in ("junit", "markdown", "json")}
        gate(
            files, name, *(part for kind, place in places.items() for part in (f"--{kind}", place))
        )
        assert all(place.stat().st_size > 100 for place in places.values())
        assert json.loads(places["json"].read_text())["kind"] == "calobench-gate"


def test_first_run_names_a_command_that_works(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.json"
    assert main_code("gate", files / "same.json", "--baseline", missing) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "there is no baseline" in out
    command = out[out.index("calobench baseline ") :].split()
    assert main_code(*command[1:]) == 0
    assert main_code("gate", files / "same.json", "--baseline", missing) == 0


def test_baseline_of_another_version_is_no_verdict(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((files / "baseline.json").read_text())
    content["baseline_version"] = "0.9"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    assert main_code("gate", files / "same.json", "--baseline", other) == 3
    assert "other schema" in capsys.readouterr().out


def bad(files: Any, tmp_path: Path, kind: Any) -> Path:
    text = (files / "same.json").read_text()
    content = json.loads(text)
    if kind == "truncated":
        text = text[:-100]
    elif kind == "deep":
        text = "[" * 200_000
    elif kind == "huge":
        text = '{"schema_version": ' + "9" * 5_000 + "}"
    elif kind == "empty":
        text = "{}"
    elif kind == "list":
        text = "[]"
    elif kind == "version":
        text = text.replace('"schema_version": "3.', '"schema_version": "9.', 1)
    elif kind == "nan":
        content["observables"][0]["scores"][0]["value"] = float("nan")
        text = json.dumps(content)
    elif kind == "edited":
        content["quality"]["metrics"][0]["value"] = 0.0
        text = json.dumps(content)
    path = tmp_path / f"{kind}.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("truncated", "not JSON"),
        ("deep", "not JSON"),
        ("huge", "not JSON"),
        ("empty", "not the results of a run"),
        ("list", "not a JSON object"),
        ("version", "schema version"),
        ("nan", "finite"),
        ("edited", "edited"),
    ],
)
def test_bad_results_are_one_line_and_exit_code_2(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, word: str
) -> None:
    path = bad(files, tmp_path, kind)
    assert main_code("gate", path, "--baseline", files / "baseline.json") == 2
    error = capsys.readouterr().err
    assert word in error
    assert error.count("\n") == 1
    # The same file makes no baseline either.
    assert main_code("baseline", path, "-o", tmp_path / "b.json") == 2
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize("option", ["--json", "--junit", "--markdown"])
@pytest.mark.parametrize("over", ["same.json", "baseline.json", "policy.toml"])
def test_nothing_that_is_read_is_overwritten(
    files: Any, capsys: pytest.CaptureFixture[str], option: str, over: str
) -> None:
    (files / "policy.toml").write_text("alpha = 0.02\n")
    before = (files / over).read_bytes()
    assert gate(files, "same", "--policy", files / "policy.toml", option, files / over) == 2
    assert "one file" in capsys.readouterr().err
    assert (files / over).read_bytes() == before


def test_outputs_are_apart(files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "out"
    assert gate(files, "same", "--json", place, "--junit", tmp_path / "." / "out") == 2
    assert not place.exists()
    results = files / "same.json"
    assert main_code("baseline", results, "-o", results, "--force") == 2
    assert main_code("report", results, "--out", results, "--force") == 2
    assert capsys.readouterr().err.count("one file") == 3


def test_data_are_not_replaced_by_a_document(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (b"\x89HDF\r\n\x1a\n" + bytes(100), "Größe".encode("latin-1"), b"a\0b"):
        (tmp_path / "showers.h5").write_bytes(content)
        assert gate(files, "same", "--junit", tmp_path / "showers.h5") == 2
        assert "holds data" in capsys.readouterr().err
        assert (tmp_path / "showers.h5").read_bytes() == content
    # The 4,096 bytes that are looked at may end within a letter.
    (tmp_path / "gate.xml").write_text("x" + "ß" * 5000)
    assert gate(files, "same", "--junit", tmp_path / "gate.xml") == 0


def test_a_device_is_no_place_for_a_file(files: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(files, "same", "--json", "/dev/null") == 2
    assert "device" in capsys.readouterr().err
    assert Path("/dev/null").is_char_device()


def test_a_policy_that_ignores_all_is_not_mended_by_a_baseline(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[metric]]\nmatch = "*"\nignore = true\n')
    assert gate(files, "same", "--policy", policy) == 3
    assert "calobench baseline" not in capsys.readouterr().out


def test_bad_usage_policy_and_baseline_are_exit_code_2(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[metric]]\nmatch = "respnse.bias"\n')
    cases = [
        ("gate", files / "same.json"),
        ("gate", files / "none.json", "--baseline", files / "baseline.json"),
        ("gate", files / "same.json", "--baseline", files / "same.json"),
        ("gate", files / "same.json", "--baseline", files / "baseline.json", "--policy", policy),
        ("gate", files / "same.json", "--baseline", files / "baseline.json", "--policy", "none"),
        ("baseline", files / "same.json"),
        ("baseline", files / "same.json", "-o", files / "baseline.json"),
    ]
    for arguments in cases:
        assert main_code(*arguments) == 2, arguments
        assert capsys.readouterr().err.count("\n") == 1
    gate(files, "same", "--policy", policy)
    assert "did you mean 'response.bias'" in capsys.readouterr().err


def test_small_baseline_is_made_with_a_warning(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_code("baseline", files / "few.json", "-o", tmp_path / "b.json") == 0
    assert "no verdict below 500 showers" in capsys.readouterr().err


def test_a_folder_for_a_file_is_exit_code_2(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("gate", files / "same.json", "--baseline", files / "baseline.json")
    for option in ("--junit", "--markdown", "--json"):
        assert main_code(*arguments, option, tmp_path) == 2
        error = capsys.readouterr().err
        assert "is a folder; name a file" in error
        assert error.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_all_files_are_written_or_none(
    files: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    earlier = tmp_path / "gate.xml"
    earlier.write_text("of an earlier call")
    unwritable = ("--markdown", tmp_path / "file" / "gate.md")
    options = ("--junit", earlier, *unwritable, "--json", tmp_path / "new" / "gate.json")
    assert gate(files, "same", *options) == 2
    assert "cannot write" in capsys.readouterr().err
    assert earlier.read_text() == "of an earlier call"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "gate.xml"]
