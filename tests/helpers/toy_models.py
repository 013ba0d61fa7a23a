"""Models for tests: a parametrised shower with known moments, and ones that misbehave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.errors import ModelError, UnknownNameError
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions


class Toy:
    """Gamma-like depth, exponential radius, flat azimuth, Poisson-like noise."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.info = ModelInfo(name="toy", description="a parametrised shower", nfe=1)

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        rng = np.random.default_rng(seed)
        mesh = detector.mesh_geometry
        z = mesh.z_centres / mesh.z_centres.mean()
        depth = z**3 * np.exp(-4 * z)
        radius = np.exp(-mesh.r_centres / (1.5 * mesh.dr_mm))
        shape = radius[:, None, None] * np.ones(mesh.n_phi)[None, :, None] * depth[None, None, :]
        shape /= shape.sum()
        mean = self.scale * detector.sampling_fraction * conditions.energy
        noise = rng.gamma(2.0, 0.5, (len(conditions), *mesh.shape))
        return (mean[:, None, None, None] * shape * noise).astype(np.float32)


class _Broken(Toy):
    def __init__(self, change: str) -> None:
        super().__init__()
        self.change = change

    def generate(self, conditions: Any, detector: Any, seed: np.random.SeedSequence) -> Any:
        cells = super().generate(conditions, detector, seed)
        if self.change == "shape":
            return cells.reshape(len(cells), -1)
        if self.change == "type":
            return cells.astype(np.int64)
        cells[0, 0, 0, 0] = {"nan": np.nan, "infinite": np.inf, "negative": -1.0}[self.change]
        return cells


def toy() -> Toy:
    return Toy()


def scaled_toy() -> Toy:
    return Toy(1.2)


def shape() -> Toy:
    return _Broken("shape")


def type_() -> Toy:
    return _Broken("type")


def nan() -> Toy:
    return _Broken("nan")


def infinite() -> Toy:
    return _Broken("infinite")


def negative() -> Toy:
    return _Broken("negative")


def narrow() -> Toy:
    model = Toy()
    model.info = ModelInfo("narrow", "covers little", energy_range_mev=(1e3, 2e3))
    return model


def other_detector() -> Toy:
    model = Toy()
    model.info = ModelInfo("other", "for one detector", detectors=("ODD",))
    return model


def failing() -> Toy:
    raise RuntimeError("no luck")


def not_a_model() -> object:
    return object()


class _FailsOnDemand(Toy):
    """Works for batches below ``largest``; then it does what it is called for."""

    def __init__(self, fail: Any, largest: int = 0) -> None:
        super().__init__()
        self.fail, self.largest = fail, largest

    def generate(self, conditions: Any, detector: Any, seed: np.random.SeedSequence) -> Any:
        if len(conditions) > self.largest:
            self.fail()
        return super().generate(conditions, detector, seed)


def _raise(error: Exception) -> None:
    raise error


def raising() -> Toy:
    return _FailsOnDemand(lambda: _raise(ZeroDivisionError("no luck")))


def hungry() -> Toy:
    return _FailsOnDemand(lambda: _raise(MemoryError("too many showers")), largest=4)


def fixed() -> Toy:
    """Takes only one shower per call, as a network that was exported for one."""
    return _FailsOnDemand(lambda: _raise(RuntimeError("Got: 2 Expected: 1")), largest=1)


def dying() -> Toy:
    import os

    return _FailsOnDemand(lambda: (os.write(1, b"my last words\n"), os._exit(7)))


def sleepy() -> Toy:
    """Takes 30 ms more than the toy for every shower, without working."""
    import time

    model = Toy()
    plain = model.generate

    def generate(conditions: Any, detector: Any, seed: np.random.SeedSequence) -> Any:
        time.sleep(0.03 * len(conditions))
        return plain(conditions, detector, seed)

    model.generate = generate
    return model


def elsewhere() -> Toy:
    model = Toy()
    model.info = ModelInfo("elsewhere", "not on the CPU", device="tpu")
    return model


def swept(sampler: str, nfe: int) -> Toy:
    """A model with samplers: better with more evaluations; ``odd`` takes odd numbers of them only."""
    if sampler not in {"odd", "any"}:
        raise UnknownNameError("sampler", sampler, ("odd", "any"))
    if sampler == "odd" and nfe % 2 == 0:
        raise ModelError(f"odd takes odd numbers of evaluations; give {nfe - 1} or {nfe + 1}")
    model = Toy(1 + 0.2 / nfe)
    model.info = replace(model.info, nfe=nfe)
    return model


class Movable(Toy):
    """Runs on the CPU, whatever device it states."""

    def to(self, device: str) -> None:
        self.info = replace(self.info, device=device)


def movable() -> Movable:
    return Movable()


def made_on(device: str = "cpu") -> Toy:
    """A model whose factory takes the device."""
    model = Toy()
    model.info = replace(model.info, device=device)
    return model


def stays_on_the_cpu(device: str = "cpu") -> Toy:
    """Takes a device, and does not use it."""
    return Toy()
