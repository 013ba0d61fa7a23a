"""A small detector and hand-made showers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from toy_detector import toy_detector

from calobench.detectors.spec import DetectorSpec
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Conditions, Showers

MakeShowers = Callable[..., Showers]


@pytest.fixture(scope="session")
def detector() -> DetectorSpec:
    return toy_detector()


@pytest.fixture(scope="session")
def make_showers() -> MakeShowers:
    """Showers of 1000 MeV particles from ``(shower, r, phi, z, MeV)`` of the cells with energy."""

    def make(n: int, *cells: tuple[int, int, int, int, float]) -> Showers:
        energy = np.zeros((n, 9, 16, 45), dtype=np.float32)
        for shower, r, phi, z, value in cells:
            energy[shower, r, phi, z] = value
        return Showers(energy, Conditions(np.full(n, 1e3), np.full(n, 1.5), np.zeros(n)))

    return make


@pytest.fixture(scope="session")
def features_of(detector: DetectorSpec) -> Callable[[NDArray[np.floating]], FeatureTable]:
    """All observables of an array of cell energies, of 1000 MeV particles."""

    def compute(energy: NDArray[np.floating]) -> FeatureTable:
        n = len(energy)
        conditions = Conditions(np.full(n, 1e3), np.full(n, 1.5), np.zeros(n))
        return compute_features(
            Showers(energy.astype(np.float32), conditions), detector, all_observables()
        )

    return compute
