"""Real processes that measure toy models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.benchmarks.timing.messages import Broken, OutOfMemory, Visit, Visited
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.pinning import allowed_cpus
from calobench.benchmarks.timing.tasks import Particle, Point
from calobench.benchmarks.timing.worker import Worker
from calobench.errors import (
    CalobenchError,
    ConditionsError,
    DeviceError,
    ModelError,
    UnknownNameError,
)

CORE = min(allowed_cpus())
POINT = Point(10e3, 2)


def task(model: str, device: str = "cpu") -> ModelTask:
    return ModelTask(model, device, toy_detector(), Particle(1.57, 0.0), (10e3,), seed=1)


def hire(model: str, log: Path, device: str = "cpu") -> Worker:
    return Worker(task(model, device), 1, [CORE], log / "log")


def test_a_model_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    worker = hire("toy_models:toy", tmp_path)
    try:
        assert worker.ready.facts.nfe == 1
        assert worker.ready.load_s > 0
        result = worker.visit(Visit(POINT, 0, 3, settle=1, check=True))
        assert isinstance(result, Visited)
        assert len(result.wall_ns) == len(result.cpu_ns) == 3
        assert min(result.wall_ns) > 0
        assert result.peak_bytes > 10 * 2**20
        assert result.peak_device_bytes is None
        end = worker.finish()
        assert end.affinity in ({CORE}, frozenset())
        assert end.torch_threads is None
        assert end.cpu_s >= worker.ready.cpu_s
    finally:
        worker.stop()


def test_time_that_is_waited_is_wall_time_but_not_cpu_time(tmp_path: Path) -> None:
    """A model that sleeps 30 ms for each of two showers."""
    worker = hire("toy_models:sleepy", tmp_path)
    try:
        result = worker.visit(Visit(POINT, 0, 2))
    finally:
        worker.stop()
    assert isinstance(result, Visited)
    assert min(result.wall_ns) >= 60e6
    assert np.median(np.array(result.wall_ns) - result.cpu_ns) >= 55e6


def test_memory_that_runs_out_does_not_end_the_process(tmp_path: Path) -> None:
    worker = hire("toy_models:hungry", tmp_path)
    try:
        result = worker.visit(Visit(Point(10e3, 9), 0, 1))
        assert result == OutOfMemory("too many showers")
        assert isinstance(worker.visit(Visit(POINT, 0, 1)), Visited)
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("toy_models:raising", "model 'toy_models:raising' failed when it generated 2 showers: ZeroDiv"),
        ("toy_models:nan", "NaN"),
    ],
)  # fmt: skip
def test_a_model_that_fails_while_it_is_measured(model: str, named: str, tmp_path: Path) -> None:
    """The process goes on: another batch size may work."""
    worker = hire(model, tmp_path)
    try:
        for _ in range(2):
            result = worker.visit(Visit(POINT, 0, 1, check=True))
            assert isinstance(result, Broken)
            assert named in result.message
        assert worker.finish().cpu_s > 0
    finally:
        worker.stop()


def test_a_model_that_ends_its_process_while_it_is_measured(tmp_path: Path) -> None:
    worker = hire("toy_models:dying", tmp_path)
    try:
        with pytest.raises(ModelError, match="died, exit code 7; it printed last: my last words"):
            worker.visit(Visit(POINT, 0, 1, check=True))
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("model", "device", "error", "named"),
    [
        ("toy_models:failing", "cpu", ModelError, "no luck"),
        ("toy_models:other_detector", "cpu", ModelError, "was not made for Toy"),
        ("toy_models:narrow", "cpu", ConditionsError, "outside 1000 to 2000 MeV"),
        ("toy_models:elsewhere", "cpu", DeviceError, "runs on tpu and cannot be moved to cpu"),
        ("nonsense", "cpu", UnknownNameError, "unknown model 'nonsense'"),
        ("toy_models:toy", "cuda:99", DeviceError, "no such device"),
    ],
)
def test_a_model_that_cannot_be_set_up(
    model: str, device: str, error: type[CalobenchError], named: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=named) as raised:
        hire(model, tmp_path, device)
    assert type(raised.value) is error


def test_a_process_that_is_killed(tmp_path: Path) -> None:
    worker = hire("toy_models:toy", tmp_path)
    worker._process.kill()
    with pytest.raises(ModelError, match=r"signal SIGKILL.*smaller --batch-sizes"):
        worker.visit(Visit(POINT, 0, 1))
    worker.stop()


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """Its pipe breaks."""
    worker = hire("toy_models:toy", tmp_path)
    worker._connection.close()
    assert worker._process.wait(timeout=60) == 0
