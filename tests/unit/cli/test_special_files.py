"""A pipe, a device or a link that goes in a circle, in place of every path that a command takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from calobench.cli import main

PLACES = (
    ["inspect", "IT.h5"],
    ["inspect", "none.h5", "--detector", "IT.yaml"],
    ["convert", "IT.h5", "out.h5"],
    ["place", "IT.h5", "-o", "out.h5"],
    ["detectors", "IT.yaml"],
    ["report", "IT.json"],
    ["baseline", "IT.json", "-o", "out.json"],
    ["gate", "IT.json", "--baseline", "none.json"],
    ["gate", "none.json", "--baseline", "none.json", "--policy", "IT.toml"],
    ["run", "--model", "IT.h5", "--detector", "ALLEGRO"],
    ["run", "--model", "none.h5", "--detector", "ALLEGRO", "--reference", "IT.h5"],
    ["run", "--model", "none.h5", "--detector", "IT.yaml"],
    ["run", "--protocol", "calochallenge", "--dataset", "2", "--model", "IT.h5", "--reference", "IT.h5"],
    ["run", "--protocol", "calochallenge", "--dataset", "2", "--model", "a.h5", "--reference", "b.h5",
     "--binning", "IT.xml"],
    ["compare", "--models", "IT.h5,none.h5", "--detector", "ALLEGRO"],
    ["compare", "--models", "none.h5,full", "--detector", "ALLEGRO", "--reference", "IT.h5"],
    ["diphoton", "--model", "none:none", "--detector", "IT.yaml"],
    ["time", "--models", "none:none", "--detector", "ALLEGRO", "--into", "IT.json"],
    ["time", "--models", "none:none", "--detector", "ALLEGRO", "--quality", "IT.json"],
    ["simulate", "--detector", "IT.yaml", "--fast-check"],
)  # fmt: skip


def make(kind: Any) -> None:
    for suffix in (".h5", ".yaml", ".json", ".toml", ".xml"):
        name = f"IT{suffix}"
        if kind == "pipe":
            os.mkfifo(name)
        elif kind == "folder":
            os.mkdir(name)  # noqa: PTH102
        else:
            os.symlink("/dev/zero" if kind == "device" else name, name)  # noqa: PTH211


def refused(arguments: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert errors[0].startswith("calobench: error: ")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("arguments", PLACES, ids=lambda words: " ".join(words)[:60])
def test_a_pipe_is_refused_at_once_in_one_line(
    arguments: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make("pipe")
    refused(arguments, capsys)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["device", "loop", "folder"])
def test_so_is_all_else_that_is_no_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make(kind)
    for arguments in PLACES[:10]:
        refused(arguments, capsys)
    for arguments in (["convert", "none.h5", "IT.h5"], ["baseline", "none.json", "-o", "IT.json"]):
        refused(arguments, capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--model", "none.h5", "--detector", "ALLEGRO", "--out", "IT.json"],
        ["diphoton", "--model", "none:none", "--detector", "ALLEGRO", "--out", "IT.json"],
        ["sweep", "--model", "none:none", "--detector", "ALLEGRO", "--out", "IT.json"],
        ["baseline", "none.json", "-o", "IT.json/b.json"],
    ],
    ids=lambda words: str(words[0]),
)
def test_a_circle_of_links_is_no_place_for_results(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make("circle")
    refused(words, capsys)


@pytest.mark.parametrize("words", [["report", ""], ["gate", "a.json", "--baseline", ""]])
def test_an_empty_name_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "the name is empty" in capsys.readouterr().err


def test_links_are_followed_in_one_way() -> None:
    """Path.resolve raises RuntimeError for links that go round, with Python 3.11 and 3.12."""
    package = Path(__file__).parents[3] / "calobench"
    assert [str(p) for p in package.rglob("*.py") if ".resolve()" in p.read_text("utf-8")] == []


def test_a_page_is_not_written_over_its_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.html"
    path.write_text("{}")
    with pytest.raises(SystemExit) as stop:
        main(["report", str(path), "--force"])
    assert stop.value.code == 2
    assert "RESULTS are one file" in capsys.readouterr().err
    assert path.read_text() == "{}"


def test_more_showers_than_fit_into_memory_are_refused_before_any_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(
            [
                "run",
                "--model",
                "none:none",
                "--detector",
                "ODD",
                "-n",
                "10" + "0" * 12,
                "--out",
                str(tmp_path),
            ]
        )
    assert stop.value.code == 2
    assert (
        "too little memory (the observables of 10000000000000 showers would"
        in capsys.readouterr().err
    )
