"""Models of sparse photon-like showers, quick to reconstruct: as the reference of a test, or fainter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from toy_showers import toy_showers

from calobench.detectors import DetectorSpec
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions


class _Photons:
    def __init__(self, scale: float) -> None:
        self._scale = scale
        self.info = ModelInfo(name="photons", description="showers made by hand", nfe=1)

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        showers = toy_showers(
            detector,
            len(conditions),
            energy_mev=float(conditions.energy[0]) * self._scale,
            seed=int(seed.generate_state(1)[0]),
        )
        return showers.energy


def photons() -> _Photons:
    return _Photons(1.0)


def faint_photons() -> _Photons:
    return _Photons(0.9)
