"""Trainings as processes: killed and resumed, several at once, and refused in one line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).parents[3]
CONFIG = """\
kind: marginals
data_dir: {root}/data_specs/training
files:
  FCCeeALLEGRO: [FCCeeALLEGRO_train4.h5]
validation_fraction: 0.2
output: {folder}/run
weights: {folder}/marginals.safetensors
width: 16
blocks: 1
dropout: 0.1
optimizer:
  steps: {steps}
  batch_size: 8
  rate: {rate}
  warm_up: 2
  decay: 5
  ema_decay: 0.9
  seed: 1
  threads: 1
  curve_every: 10
  checkpoint_every_s: 0
"""


def written(folder: Path, steps: int = 60, rate: float = 0.001, more: str = "") -> list[str]:
    folder.mkdir(exist_ok=True)
    config = folder / "c.yaml"
    config.write_text(CONFIG.format(root=ROOT, folder=folder, steps=steps, rate=rate) + more)
    return [sys.executable, "-m", "reference_models", "marginals", "--config", str(config)]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_killed_and_resumed_it_has_the_same_curve(tmp_path: Path) -> None:
    whole = run(written(tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    command = written(tmp_path / "killed")
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    log = tmp_path / "killed" / "run" / "log.csv"
    while not log.exists() or log.read_text().count("\n") < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    again = run(command)
    assert again.returncode == 0, again.stderr
    assert "continuing after step" in again.stderr
    expected = (tmp_path / "whole" / "run" / "log.csv").read_text()
    assert expected.count("\n") == 7
    assert log.read_text() == expected
    weights = [
        (tmp_path / name / "marginals.safetensors").read_bytes() for name in ("whole", "killed")
    ]
    assert weights[0] == weights[1]

    changed = run(written(tmp_path / "killed", rate=0.002))
    assert changed.returncode == 2
    assert changed.stderr.splitlines()[-1].endswith("restore it, or give another 'output'")
    assert "optimizer.rate was 0.001 and is 0.002" in changed.stderr


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ("  patiense: 3\n", [], "patiense: unknown key: did you mean 'patience'"),
        ("", ["--device", "cuda:99"], "there is no device 'cuda:99'"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, more: str, options: list[str], message: str) -> None:
    result = run([*written(tmp_path, more=more), *options])
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "run").exists()


TWO = textwrap.dedent("""\
    import sys
    from pathlib import Path
    import torch
    from reference_models.training.checkpoint import CheckpointStore
    from reference_models.training.processes import joined
    from reference_models.training.schedule import Schedule, Stopping
    from reference_models.training.trainer import Trainer

    folder, steps = Path(sys.argv[1]), int(sys.argv[2])
    with joined(torch.device("cpu")) as processes:
        torch.manual_seed(0)
        network = torch.nn.Linear(3, 1)

        def loss(network, generator):
            x = torch.randn(5, 3, generator=generator)
            return (network(x) - x.sum(dim=1, keepdim=True)).square().mean()

        trainer = Trainer(
            network, loss, Schedule(0.01, 1, 8, 1), 5, CheckpointStore(folder / "c.pt"), 0.5,
            lambda network: float(network.weight.detach().sum()), 7,
            stopping=Stopping(curve_every=2), processes=processes,
        )
        trainer.resume()
        trainer.schedule = Schedule(0.01, 1, steps, 1)
        trainer.run(lambda state, loss: None)
        gathered = processes.gathered(network.weight.detach().flatten())
        if processes.rank == 0:
            torch.save({"weights": gathered, "seen": trainer.state.showers_seen}, folder / "end.pt")
    names = [task.joinpath("comm").read_text() for task in Path("/proc/self/task").glob("*")]
    if any("gloo" in name for name in names):
        sys.exit(f"threads of the group outlive it: {names}")
    """)


def two_processes(folder: Path, steps: int) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    script = folder / "two.py"
    script.write_text(TWO)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder), str(steps)],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "RANK": str(rank),
                "WORLD_SIZE": "2",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
            },
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=200) for process in processes] == [0, 0]
    end: dict[str, Any] = torch.load(folder / "end.pt", weights_only=True)
    return end


def test_two_processes_train_one_network_and_resume(tmp_path: Path) -> None:
    whole = two_processes(tmp_path / "whole", 8)
    first, second = whole["weights"]
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert whole["seen"] == 80
    two_processes(tmp_path / "cut", 4)
    again = two_processes(tmp_path / "cut", 8)
    # The rate of a step depends on the step alone but for the decay of the last one.
    torch.testing.assert_close(again["weights"][0], first, rtol=0.02, atol=0.02)
    assert again["seen"] == 80
