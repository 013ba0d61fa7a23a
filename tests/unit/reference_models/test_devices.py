"""Moving a model, as far as that can be tested without a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from calobench.detectors import load_detector
from calobench.errors import DeviceError
from calobench.models.protocol import MovableModel
from calobench.showers import Conditions
from reference_models import edm_model
from reference_models.devices import require_device
from reference_models.variants import MODELS

distilled, solver = MODELS["distilled"], MODELS["solver"]

DETECTOR = load_detector("ALLEGRO")


def conditions(n: int) -> Conditions:
    rng = np.random.default_rng(8)
    return Conditions(rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), rng.uniform(0, 6, n))


def with_cuda(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "CUDA"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(DeviceError, match="use cpu, cuda or cuda:N"):
        require_device(name)


@pytest.mark.parametrize(
    ("count", "name"), [(0, "cuda"), (0, "cuda:0"), (1, "cuda:1"), (4, "cuda:4")]
)
def test_absent_devices_are_named(monkeypatch: pytest.MonkeyPatch, count: int, name: str) -> None:
    with_cuda(monkeypatch, count)
    with pytest.raises(DeviceError, match=rf"'{name}' \({count} CUDA") as caught:
        require_device(name)
    assert "\n" not in str(caught.value)


def test_present_devices_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cuda(monkeypatch, 2)
    assert [require_device(name) for name in ("cpu", "cuda", "cuda:1")] == [
        torch.device("cpu"), torch.device("cuda"), torch.device("cuda", 1)
    ]  # fmt: skip


def test_a_model_that_cannot_move_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cuda(monkeypatch, 0)
    model = distilled()
    info = model.info
    assert isinstance(model, MovableModel)
    with pytest.raises(DeviceError):
        model.to("cuda")
    assert model.info == info
    assert len(model.generate(conditions(1), DETECTOR, np.random.SeedSequence(1))) == 1


@pytest.mark.parametrize(("factory", "n"), [(distilled, 19), (solver, 2)])
def test_the_way_over_a_device_gives_the_same_showers(
    monkeypatch: pytest.MonkeyPatch, factory: Any, n: int
) -> None:
    """The CPU stands in for the device: large batches, the plain network, copies to and fro."""
    monkeypatch.setattr(edm_model, "require_device", lambda _: torch.device("cpu"))
    model, particles = factory(), conditions(n)
    here = model.generate(particles, DETECTOR, np.random.SeedSequence(3))
    declared = model.info
    model.to("cuda:1")
    assert model.info.device == "cuda:1"
    assert "eager" in str(model.info.backend)
    there = model.generate(particles, DETECTOR, np.random.SeedSequence(3))
    np.testing.assert_array_equal(there > 0, here > 0)
    np.testing.assert_allclose(there, here, rtol=2e-3)
    monkeypatch.undo()
    model.to("cpu")
    assert model.info == declared
    np.testing.assert_array_equal(
        model.generate(particles, DETECTOR, np.random.SeedSequence(3)), here
    )
