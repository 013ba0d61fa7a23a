"""Surroundings change no exit code: encodings, readers that have gone, a full disk, small terminals."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from quality_factory import make_run
from rich.table import Table

from calobench import cli
from calobench.cli import main
from calobench.cli._streams import plain, steady_streams
from calobench.cli._terminal import make_console, show_table
from calobench.results.store import write_results

COMMAND = [sys.executable, "-c", "from calobench.cli import main; main()"]


def main_code(*arguments: object) -> object:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, run in {
        "before": make_run(seed=1)[0],
        "worse": make_run(seed=3, shift=0.6)[0],
    }.items():
        write_results(folder / f"{name}.json", run)
    main_code("baseline", folder / "before.json", "-o", folder / "baseline.json")
    return folder


def gate(files: Path, name: str, **options: Any) -> subprocess.CompletedProcess[Any]:
    arguments: list[Any] = [
        "gate",
        files / f"{name}.json",
        "--baseline",
        files / "baseline.json",
        "--all",
    ]
    return subprocess.run([*COMMAND, *arguments], check=False, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_the_verdict_survives_an_encoding(encoding: str, files: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = gate(files, "before", env=environment, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert "PASS" in text
    if encoding == "ascii":
        assert " +- " in text or "+-" in text


@pytest.mark.parametrize(("name", "code"), [("before", 0), ("worse", 1)])
def test_the_verdict_survives_a_reader_that_has_gone(name: str, code: int, files: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = gate(files, name, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_the_verdict_survives_a_full_disk(files: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert gate(files, "before", stdout=full).returncode == 0


def test_the_verdict_survives_a_closed_output(files: Path) -> None:
    line = f'{sys.executable} -c "from calobench.cli import main; main()" gate "$1" --baseline "$2" >&-'
    arguments = [files / "worse.json", files / "baseline.json"]
    done = subprocess.run(["sh", "-c", line, "sh", *arguments], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense"])
def test_a_page_is_drawn_whatever_a_notebook_draws_on(
    backend: str, files: Path, tmp_path: Path
) -> None:
    arguments: list[Any] = ["report", files / "before.json", "--out", tmp_path / "page.html"]
    environment = {**os.environ, "MPLBACKEND": backend}
    done = subprocess.run([*COMMAND, *arguments], check=False, env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_a_pipe_that_does_not_block_gets_everything() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    code = "from calobench.cli._streams import steady_streams\nwith steady_streams(): print('x' * 300_000)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=write) as process:
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            assert len(stream.read()) == 300_001
    assert process.returncode == 0


def test_signs_have_a_name_in_ascii() -> None:
    assert plain("0.1 ± 0.2 σ, χ²/ndf ≤ 3 … Müller ─┃ 中\udcff") == (
        "0.1 +- 0.2 sigma, chi2/ndf <= 3 ... Muller -| ??"
    )


def test_streams_of_others_stay(capsys: pytest.CaptureFixture[str]) -> None:
    own = sys.stdout
    with steady_streams():
        assert sys.stdout is own
        print("±")  # noqa: T201
    assert capsys.readouterr().out == "±\n"


def test_another_package_that_exits_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [click.Command("leave", callback=lambda: sys.exit(0))]
    monkeypatch.setattr(cli, "_group", click.Group("calobench", commands=commands))
    assert main_code("leave") == 2
    assert "ended the program (exit code 0)" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--json", "--markdown", "--junit"])
def test_a_document_goes_to_standard_output(
    option: str,
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("gate", files / "worse.json", "--baseline", files / "baseline.json")
    assert main_code(*arguments, option, "-") == 1
    printed = capfd.readouterr()
    assert main_code(*arguments, option, "file") == 1
    assert printed.out == Path("file").read_text()
    assert "REGRESSION" in printed.err
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    if option == "--json":
        assert json.loads(printed.out)["verdict"] == "REGRESSION"


def test_two_documents_do_not_share_standard_output(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("gate", files / "worse.json", "--baseline", files / "baseline.json")
    assert main_code(*arguments, "--json", "-", "--markdown", "-") == 2
    assert "are one file" in capsys.readouterr().err


@pytest.mark.parametrize("width", [200, 80, 40, 10])
def test_numbers_are_whole_however_narrow_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table = Table()
    table.add_column("a label of several words")
    for k in range(8):
        table.add_column(f"n{k}", justify="right", no_wrap=True)
    numbers = [f"{10**k:.7g}±{k}" for k in range(8)]
    table.add_row("and a long label of a row, too", *numbers)
    show_table(make_console(), table)
    out = capsys.readouterr().out
    assert "…" not in out
    assert set(numbers) <= set(re.split(r"[\s│]+", out))
    if width == 80:
        assert max(map(len, out.splitlines())) <= 80 + 12
