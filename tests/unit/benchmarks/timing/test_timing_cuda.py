"""Timing on a GPU, with a torch that only pretends to have one."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from toy_detector import toy_detector
from toy_models import Toy

from calobench.benchmarks.timing import model_task
from calobench.benchmarks.timing.measuring import measure_visit
from calobench.benchmarks.timing.messages import Visit
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.tasks import Particle, Point
from calobench.errors import DeviceError


class Cuda:
    """Stands for ``torch.cuda``; notes what is called."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.calls: list[Any] = []

    def is_available(self) -> bool:
        return self.count > 0

    def device_count(self) -> int:
        return self.count

    def set_device(self, index: int) -> None:
        self.calls.append(("set_device", index))

    def synchronize(self) -> None:
        self.calls.append(("synchronize",))

    def get_device_name(self, device: str) -> str:
        return f"Pretended {device}"

    def max_memory_allocated(self, device: str) -> int:
        return 12345

    def reset_peak_memory_stats(self, device: str) -> None:
        self.calls.append(("reset", device))


class Movable(Toy):
    def to(self, device: str) -> None:
        self.info = replace(self.info, device=device)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Cuda:
    pretended = Cuda(2)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=pretended))
    monkeypatch.setattr(model_task, "load_model", lambda name, detector, device: Movable())
    return pretended


def task(device: str) -> ModelTask:
    return ModelTask("toy", device, toy_detector(), Particle(1.57, 0.0), (10e3,), 1)


def test_every_call_waits_for_the_gpu(cuda: Cuda) -> None:
    operation = task("cuda:1").prepare()
    assert cuda.calls == [("set_device", 1)]
    assert operation.facts.device == "Pretended cuda:1"
    result = measure_visit(operation, Visit(Point(10e3, 3), 0, 2, settle=1))
    assert cuda.calls[1:] == [("synchronize",)] * 3 + [("reset", "cuda:1")]
    assert result.peak_device_bytes == 12345


@pytest.mark.parametrize(("device", "choices"), [("cuda:2", "cuda:0 to cuda:1, or cpu")])
def test_a_gpu_that_is_not_there(cuda: Cuda, device: str, choices: str) -> None:
    with pytest.raises(DeviceError, match=f"--devices {device}: .*2 CUDA devices.*{choices}"):
        task(device).prepare()


def test_no_gpu_at_all(cuda: Cuda) -> None:
    cuda.count = 0
    with pytest.raises(DeviceError, match=r"0 CUDA devices here.; give cpu"):
        task("cuda").prepare()


def test_without_torch_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DeviceError, match="needs torch"):
        task("cuda").prepare()


def test_a_model_that_cannot_move(cuda: Cuda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_task, "load_model", lambda name, detector, device: Toy())
    with pytest.raises(
        DeviceError, match=r"runs on cpu and cannot be moved to cuda: .*--devices cpu"
    ):
        task("cuda").prepare()


def test_the_cpu_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(model_task, "load_model", lambda name, detector, device: Movable())
    operation = task("cpu").prepare()
    assert operation.facts.device is None
    result = measure_visit(operation, Visit(Point(10e3, 1), 0, 1))
    assert result.peak_device_bytes is None
