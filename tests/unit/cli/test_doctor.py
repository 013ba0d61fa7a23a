"""The examination of an installation, the version, and what shells offer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from calobench.cli import main
from calobench.harness import doctor
from calobench.harness.doctor import examine


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    output = capsys.readouterr()
    return int(stop.value.code or 0), output.out + output.err


def test_every_topic_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run("doctor", capsys=capsys)
    assert code == 0
    topics = {line.partition(":")[0] for line in output.splitlines()}
    assert topics >= {
        "calobench", "Python", "packages", "processor", "threads", "memory", "GPU", "Geant4", "browser",
        "models",
    }  # fmt: skip
    assert re.search(r"models: (\d+) of \1 registered models load", output)


def test_what_is_missing_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = doctor._version
    gone = {"uproot", "distributed", "geant4_pybind"}
    monkeypatch.setattr(doctor, "_version", lambda name: None if name in gone else genuine(name))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    findings = {finding.topic: finding for finding in examine()}
    assert findings["uproot"].remedy == "pip install 'calobench[edm4hep]'"
    assert findings["distributed"].remedy == "pip install 'calobench[dask]'"
    assert findings["Geant4"].remedy == "pip install 'calobench[geant4]'"
    assert "install Chromium" in findings["browser"].remedy
    assert not any(finding.serious for finding in findings.values())


def test_what_is_needed_and_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    genuine = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "h5py" else genuine(name))
    code, output = run("doctor", capsys=capsys)
    assert code == 2
    assert "packages: missing: h5py; pip install calobench" in output


def test_a_step_that_fails_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(doctor, "available_bytes", fails)
    findings = {finding.topic: finding for finding in examine()}
    assert findings["memory"].words == "cannot be examined: RuntimeError: no such thing"
    assert "models" in findings


def test_the_version_has_the_commit(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run("--version", capsys=capsys)
    assert code == 0
    checkout = (Path(__file__).parents[3] / ".git").exists()
    assert re.fullmatch(r"calobench \d+\.\d+\.\d+( \([0-9a-f]{7,}.*\))?\n", output)
    assert ("(" in output) == checkout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("calobench ru", {"run"}),
        ("calobench run --model dist", {"distilled", "distilled2", "distilled-small"}),
        ("calobench run --detector all", {"ALLEGRO"}),
        ("calobench run --use fast", {"fast-sim-default"}),
        ("calobench gate --use e", {"energy-calibration"}),
        ("calobench fetch calochallenge-2", {"calochallenge-2"}),
        ("calobench rnu --detector A", set()),
        ("calobench diphoton --detector FCCee", {"FCCeeALLEGRO", "FCCeeCLD"}),
    ],
)
def test_what_bash_offers(typed: str, offered: set[str]) -> None:
    words = typed.split()
    environ = {
        **os.environ,
        "_CALOBENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    output = subprocess.run(
        [sys.executable, "-c", "from calobench.cli import main; main()"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not output.stderr
    assert {line.partition(",")[2] for line in output.stdout.split()} == offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("run --model dist", ["distilled", "distilled-small", "distilled2"]),
        ("run --detector FCCeeA", ["FCCeeALLEGRO"]),
        ("run --use ph", ["photon-separation"]),
    ],
)
def test_bash_completes_in_its_own_shell(tmp_path: Path, words: str, offered: list[str]) -> None:
    """The line that the documentation gives, and what bash then puts after a word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    program = tmp_path / "calobench"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -m calobench\n", encoding="utf-8")
    program.chmod(0o755)
    tasks = (Path(__file__).parents[3] / "docs" / "guides" / "tasks.md").read_text(encoding="utf-8")
    line = next(one for one in tasks.splitlines() if one.startswith("eval "))
    *before, last = words.split()
    script = (
        f"{line}\n"
        f"COMP_WORDS=(calobench {words}); COMP_CWORD={len(words.split())}\n"
        f"_calobench_completion calobench {last} {before[-1]}\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    environ = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    output = subprocess.run(
        [bash, "-c", script], env=environ, capture_output=True, text=True, check=True
    )
    assert output.stdout.split() == offered
