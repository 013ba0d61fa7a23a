"""``calobench time``: bad input, and a short timing of toy models."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from timing_factory import make_timing

from calobench.benchmarks.timing import measure as measuring
from calobench.benchmarks.timing.record import TimingResults
from calobench.cli import main

ALLEGRO = ("--detector", "ALLEGRO")
HELPERS = Path(__file__).parents[2] / "helpers"

# What a shell has started in the background, these tests perhaps, is deaf to them.
_HEEDS_INTERRUPTS = """
import signal
from calobench.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["time", *arguments])
    return stop.value.code if isinstance(stop.value.code, int) else -1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--models", "full"], "Missing option '--detector'"),
        ([*ALLEGRO], "Missing option '--models'"),
        (["--detector", "ALLEGR", "--models", "full"], "did you mean"),
        ([*ALLEGRO, "--models", "distiled"], "did you mean 'distilled'"),
        ([*ALLEGRO, "--models", "showers.h5"], "showers.h5 is a file of showers"),
        ([*ALLEGRO, "--models", "full", "--devices", "tpu"], "'tpu' is no device"),
        ([*ALLEGRO, "--models", "full", "--batch-sizes", "0"], "--batch-sizes '0'"),
        ([*ALLEGRO, "--models", "full", "--batch-sizes", "many"], "--batch-sizes 'many'"),
        ([*ALLEGRO, "--models", "full", "--energies", "500"], "outside 1:100 GeV"),
        ([*ALLEGRO, "--models", "full", "--energies", "x"], "--energies 'x'"),
        ([*ALLEGRO, "--models", "full", "--threads", "0"], "--threads 0"),
        ([*ALLEGRO, "--models", "full", "--threads", "9999"], "--threads 9999: this process may"),
        ([*ALLEGRO, "--models", "full", "--precision", "0"], "--precision"),
        ([*ALLEGRO, "--models", "full", "--max-seconds", "-1"], "--max-seconds"),
        ([*ALLEGRO, "--models", "full", "--into", "nowhere.json"], "cannot read nowhere.json"),
        ([*ALLEGRO, "--models", "full", "--quality", "nowhere.json"], "cannot read nowhere.json"),
    ],
)
def test_bad_input(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, exit code 2, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    message = capsys.readouterr().err
    assert named in message
    assert message.startswith("calobench: error: ")
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_geant4_without_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(*ALLEGRO, "--models", "full", "--geant4", "--out", str(tmp_path / "times")) == 2
    assert "pip install 'calobench[geant4]'" in capsys.readouterr().err


def test_geant4_without_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measuring, "require_geant4", lambda: None)
    options = ["--geant4", "--geant4-data", str(tmp_path / "none")]
    assert run(*ALLEGRO, "--models", "full", *options, "--out", str(tmp_path / "times")) == 2
    assert "--geant4-data DIR" in capsys.readouterr().err


def test_an_output_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "timing.json").write_text("mine")
    assert run(*ALLEGRO, "--models", "full", "--out", str(tmp_path)) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "timing.json").read_text() == "mine"


def test_two_toys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One model sleeps, so the slower one is certain; that the machine was quiet is not."""
    models = "toy_models:toy,toy_models:sleepy"
    code = run(
        *(*ALLEGRO, "--models", models, "--batch-sizes", "1,4", "--energies", "50"),
        *("--max-seconds", "0.5", "--precision", "0.5", "--out", str(tmp_path)),
    )
    assert code == 0
    printed = capsys.readouterr()
    timing = TimingResults.model_validate_json((tmp_path / "timing.json").read_text())
    toy, toys, sleepy, asleep = timing.rows
    assert [row.batch_size for row in timing.rows] == [1, 4, 1, 4]
    assert toy.time is not None
    assert toys.time is not None
    assert sleepy.time is not None
    assert asleep.time is not None
    assert sleepy.time.median_ms >= 30
    assert asleep.time.median_ms >= 30
    assert asleep.time.cpu_ms < 0.8 * asleep.time.median_ms
    assert toy.scenarios[0] == "latency"
    assert timing.geant4 is None
    assert timing.machine.peak_flops is not None
    assert timing.machine.peak_flops > 1e8
    # Sleeping looks like waiting for a core: not to be trusted.
    assert any("toy_models:sleepy on cpu had a core only" in reason for reason in timing.invalid)
    assert "INVALID: do not quote these times" in printed.out
    assert "50 GeV photons, 1 thread" in printed.out
    assert "wrote" in printed.out


def test_what_was_measured_stays_beside_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(
        *(*ALLEGRO, "--models", "toy_models:toy,toy_models:fixed", "--batch-sizes", "1,2"),
        *("--energies", "50", "--max-seconds", "0.3", "--precision", "0.5", "--out", str(tmp_path)),
    )
    assert code == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "toy_models:fixed on cpu, batch 2 at 50 GeV" in error
    assert "RuntimeError: Got: 2 Expected: 1" in error
    timing = TimingResults.model_validate_json((tmp_path / "timing.json").read_text())
    assert [row.time is None for row in timing.rows] == [False, False, False, True]
    assert "Expected: 1" in str(timing.rows[-1].refusal)


def test_nothing_measured_is_no_timing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        *(*ALLEGRO, "--models", "toy_models:raising", "--batch-sizes", "1", "--energies", "50"),
        *("--max-seconds", "0.3", "--out", str(tmp_path)),
    )
    assert code == 2
    assert "nothing was measured: toy_models:raising" in capsys.readouterr().err
    assert not (tmp_path / "timing.json").exists()


def test_what_is_printed_fits_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(measuring, "measure", lambda request, progress, quality: make_timing())
    assert run(*ALLEGRO, "--models", "full", "--geant4", "--out", str(tmp_path)) == 0
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines() if "wrote" not in line) <= 80
    assert "…" not in printed
    for words in (" distilled ", " Geant4+Python ", "Runtime 9"):  # none is broken into two lines
        assert words in printed
    assert "Python callbacks are 50.0%" in printed
    assert "VALID" in printed
    assert "INVALID" not in printed


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-c", _HEEDS_INTERRUPTS, "time"),
        *(*ALLEGRO, "--models", "toy_models:sleepy"),
        *("--batch-sizes", "1", "--energies", "50", "--out", str(tmp_path / "times")),
        *("--precision", "1e-9", "--max-seconds", "1000"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(HELPERS), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(process)
        stack.callback(process.kill)
        assert process.stderr is not None
        # It says "warm up" when that is done, and measures from then on.
        for line in process.stderr:
            if line.startswith("warm up"):
                break
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        measuring_processes = children.read_text().split() if children.exists() else []
        assert measuring_processes or not children.exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    for _ in range(100):
        left = [pid for pid in measuring_processes if Path(f"/proc/{pid}").exists()]
        if not left:
            break
        time.sleep(0.05)
    assert left == []
    assert list(tmp_path.iterdir()) == []


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, calobench.cli.time\n"
        "heavy = {'matplotlib', 'torch', 'pandas', 'numpy'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
