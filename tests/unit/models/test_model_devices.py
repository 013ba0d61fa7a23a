"""Devices of models: chosen, absent, and impossible; with a torch that only pretends to have GPUs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from toy_models import Movable, toy
from toy_showers import toy_showers

import calobench as cb
from calobench.cli import main
from calobench.errors import DeviceError, SpecError
from calobench.harness.sources import placed, short_name
from calobench.models.devices import on_device
from calobench.models.naming import ModelName, with_device
from calobench.suite.spec import read_suite


class Cuda:
    """Stands for ``torch.cuda``."""

    def __init__(self, count: int) -> None:
        self.count, self.current = count, -1

    def is_available(self) -> bool:
        return self.count > 0

    def device_count(self) -> int:
        return self.count

    def set_device(self, index: int) -> None:
        self.current = index


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Cuda:
    cuda = Cuda(2)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    return cuda


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=Cuda(0)))


class TestOnDevice:
    @pytest.mark.parametrize(("device", "index"), [("auto", 0), ("cuda", 0), ("cuda:1", 1)])
    def test_a_model_moves(self, gpus: Cuda, device: str, index: int) -> None:
        model = on_device(Movable(), device, "mine")
        assert model.info.device == ("cuda" if device == "auto" else device)
        assert gpus.current == index

    def test_auto_leaves_what_cannot_move_and_what_has_nowhere_to_go(
        self, gpus: Cuda, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert on_device(toy(), "auto", "mine").info.device == "cpu"
        gpus.count = 0
        assert on_device(Movable(), "auto", "mine").info.device == "cpu"
        monkeypatch.delitem(sys.modules, "torch")
        assert on_device(Movable(), "auto", "mine").info.device == "cpu"
        assert "torch" not in sys.modules  # a model without torch does not wait for its import

    def test_a_model_comes_back(self, gpus: Cuda) -> None:
        model = on_device(Movable(), "cuda", "mine")
        assert on_device(model, "cpu", "mine").info.device == "cpu"

    def test_a_model_that_cannot_move_says_so(self, gpus: Cuda) -> None:
        message = "model 'mine' runs on cpu and cannot be moved to cuda: it offers no to"
        with pytest.raises(DeviceError, match=message):
            on_device(toy(), "cuda", "mine")

    @pytest.mark.parametrize(("count", "device"), [(0, "cuda"), (2, "cuda:2")])
    def test_a_device_that_is_absent(self, gpus: Cuda, count: int, device: str) -> None:
        gpus.count = count
        with pytest.raises(
            DeviceError, match=rf"--device {device}: .*\({count} CUDA devices here\)"
        ):
            on_device(Movable(), device, "mine")

    @pytest.mark.parametrize("device", ["gpu", "", "cuda:", "CUDA", "cuda:x", "mps"])
    def test_a_name_that_is_none(self, device: str) -> None:
        with pytest.raises(DeviceError, match="give auto, cpu, cuda or cuda:<number>"):
            on_device(toy(), device, "mine")


class TestNames:
    def test_the_device_is_an_argument_of_every_model(self, gpus: Cuda) -> None:
        assert cb.load_model("toy_models:movable:device=cuda:1").info.device == "cuda:1"
        assert cb.load_model("toy_models:movable", device="cuda").info.device == "cuda"
        assert cb.load_model("toy_models:movable").info.device == "cuda"
        assert cb.load_model("toy_models:movable:device=cpu").info.device == "cpu"

    def test_a_factory_may_take_it_itself(self, gpus: Cuda) -> None:
        assert cb.load_model("toy_models:made_on:device=cuda").info.device == "cuda"
        with pytest.raises(DeviceError, match="runs on cpu and cannot be moved to cuda"):
            cb.load_model("toy_models:stays_on_the_cpu:device=cuda")

    def test_it_is_no_part_of_what_the_model_is(self) -> None:
        assert short_name("edm:sampler=lms,device=cuda,nfe=5") == "edm.sampler=lms,nfe=5"
        assert with_device("edm:device=cuda,nfe=5", "cpu") == "edm:nfe=5,device=cpu"
        assert with_device("full:device=cuda", "auto") == "full"
        assert ModelName.parse("a:b=c,d=e").text == "a:b=c,d=e"

    def test_files_of_showers_run_nowhere(self) -> None:
        assert placed("a.h5", "auto") == "a.h5"
        with pytest.raises(DeviceError, match="is a file of showers, and nothing is generated"):
            placed("a.h5", "cuda")

    def test_of_a_suite(self, tmp_path: Path) -> None:
        text = "models: [toy_models:toy]\ndetectors: [CLD]\ndevice: {}\n"
        for name in ("cuda", "gpu"):
            (tmp_path / f"{name}.yaml").write_text(text.format(name))
        assert read_suite(tmp_path / "cuda.yaml").device == "cuda"
        with pytest.raises(SpecError, match="device 'gpu' is no device"):
            read_suite(tmp_path / "gpu.yaml")


def test_from_python(no_gpu: None, tmp_path: Path) -> None:
    detector = cb.load_detector("CLD")
    truth = toy_showers(detector, 20, seed=1)
    for sample in (toy(), "toy_models:movable"):
        with pytest.raises(DeviceError, match=r"device cuda: .*\(0 CUDA devices here\)"):
            cb.evaluate(sample, truth, detector="CLD", device="cuda")
    request = cb.RunRequest("toy_models:movable", detector, tmp_path / "out", device="cuda")
    with pytest.raises(DeviceError, match=r"\(0 CUDA devices here\)"):
        cb.run(request)
    assert not (tmp_path / "out").exists()


COMMANDS = {
    "run": ("--model", "toy_models:movable", "--detector", "CLD"),
    "compare": ("--models", "toy_models:movable,toy_models:toy", "--detector", "CLD"),
    "diphoton": ("--model", "toy_models:movable", "--detector", "CLD"),
    "sweep": (
        "--model", "toy_models:movable", "--models", "toy_models:movable", "--detector", "CLD",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("device", "message"), [("cuda", "0 CUDA devices here"), ("gpu", "no device")]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_generates_refuses_what_is_not_there(
    no_gpu: None,
    command: str,
    device: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main([command, *COMMANDS[command], "--device", device])
    assert stop.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(lines) == 1
    assert message in lines[0]
    assert not list(tmp_path.rglob("*.json"))


def test_the_same_seed_gives_the_same_showers_on_either(gpus: Cuda) -> None:
    """The plumbing; networks are in ``tests/unit/reference_models/test_devices.py``."""
    detector = cb.load_detector("CLD")
    conditions = toy_showers(detector, 5, seed=1).conditions
    cpu, gpu = (
        cb.load_model("toy_models:movable", device=device).generate(
            conditions, detector, np.random.SeedSequence(2)
        )
        for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(gpu.sum(axis=(1, 2, 3)), cpu.sum(axis=(1, 2, 3)), rtol=1e-3)
