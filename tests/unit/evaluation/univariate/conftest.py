"""Tables of features made without showers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.detectors.spec import DetectorSpec
from calobench.observables import Axis, FeatureTable, Observable
from calobench.showers import Conditions


@pytest.fixture(scope="session")
def detector() -> DetectorSpec:
    return toy_detector(n_z=4)


@pytest.fixture(scope="session")
def observables() -> tuple[Observable, ...]:
    """A number and a vector on a depth axis of 4 layers of 4 mm."""
    depth = Axis("depth", "mm", np.arange(5) * 4.0)
    return (
        Observable("response", "E_vis / E_inc", "", "toy", "A number.", lambda p: p.total),
        Observable("layers", "E", "MeV", "toy", "A vector.", lambda p: p.layers, lambda _: depth),
    )


@pytest.fixture(scope="session")
def make_table() -> Callable[..., FeatureTable]:
    """A table of n showers of a given spectrum, response and slope of the layers."""

    def make(
        rng: np.random.Generator, n: int, *, shift: float = 0.0, energy: Any = None
    ) -> FeatureTable:
        energy = rng.uniform(1e3, 1e5, n) if energy is None else energy
        layers = rng.gamma(4.0 + np.arange(4) * (1 + shift), size=(n, 4))
        response = 0.1 + 0.01 * (rng.standard_normal(n) + shift)
        return FeatureTable(
            Conditions(energy, np.full(n, 1.5), np.zeros(n)),
            {"response": response},
            {"layers": layers},
        )

    return make
