from __future__ import annotations

import json
from pathlib import Path

import pytest
from results_factory import make_results

from calobench.cli import main
from calobench.results.store import write_results


@pytest.fixture
def results_file(tmp_path: Path) -> Path:
    results = make_results(events=0)
    path = tmp_path / "results.json"
    write_results(path, results.model_copy(update={"observables": results.observables[:1]}))
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["report", *map(str, arguments)])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_page_lies_beside_the_results(
    results_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(results_file) == 0
    page = results_file.with_name("report.html")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert str(page) in capsys.readouterr().out


def test_an_existing_page_is_kept_without_force(
    results_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    assert run(results_file, "--out", page) == 2
    assert page.read_text(encoding="utf-8") == "mine"
    assert "--force" in capsys.readouterr().err
    assert run(results_file, "--out", page, "--force") == 0
    assert page.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    "content", [None, "not json", "[]", '{"schema_version": "9.0"}', '{"schema_version": "1.0"}']
)
def test_bad_results_are_one_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert run(path) == 2
    error = capsys.readouterr().err
    assert error.startswith("calobench: error: ")
    assert error.count("\n") == 1


def test_an_unwritable_place_is_one_line(
    results_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(results_file, "--out", tmp_path / "file" / "report.html") == 2
    assert run(results_file, "--out", tmp_path) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_an_edited_file_is_one_line(results_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(results_file.read_text(encoding="utf-8"))
    content["observables"][0]["data"]["edges"][0] -= 1.0
    results_file.write_text(json.dumps(content), encoding="utf-8")
    assert run(results_file) == 2
    error = capsys.readouterr().err
    assert "was edited" in error
    assert error.count("\n") == 1
    assert not results_file.with_name("report.html").exists()


@pytest.mark.parametrize(("name", "start"), [("s.pdf", b"%PDF"), ("s.PNG", b"\x89PNG")])
def test_the_first_screen_is_a_pdf_or_a_png_and_the_page_stays_away(
    results_file: Path, tmp_path: Path, name: str, start: bytes
) -> None:
    out = tmp_path / name
    assert run(results_file, "--summary", out) == 0
    first = out.read_bytes()
    assert first.startswith(start)
    assert not results_file.with_name("report.html").exists()
    assert run(results_file, "--summary", out) == 2
    assert run(results_file, "--summary", out, "--out", tmp_path / "page.html", "--force") == 0
    assert out.read_bytes() == first
    assert (tmp_path / "page.html").exists()


def test_a_summary_of_another_format_is_refused(
    results_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(results_file, "--summary", results_file.with_name("s.svg")) == 2
    assert "ends in .pdf or .png" in capsys.readouterr().err
    assert not results_file.with_name("s.svg").exists()
