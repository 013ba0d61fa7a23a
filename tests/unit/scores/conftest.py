"""Tables of features made without showers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calobench.detectors.spec import DetectorSpec, Layer, MeshSpec
from calobench.observables import Axis, FeatureTable, Observable
from calobench.showers import Conditions


@pytest.fixture(scope="session")
def detector() -> DetectorSpec:
    return DetectorSpec(
        name="Toy",
        description="a toy",
        inner_radius_mm=2000,
        periods=4,
        layers=(Layer(material="G4_W", thickness_mm=2, active=True),),
        mesh=MeshSpec(dr_mm=10, dz_mm=4, n_z=4),
        energy_range_mev=(1e3, 1e5),
        theta_range=(0.9, 2.2),
        sampling_fraction=0.1,
        one_hot_slot=4,
        sources={"mesh": "made up"},
    )


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

    def make(rng: np.random.Generator, n: int, *, shift: float = 0.0, energy=None) -> FeatureTable:
        energy = rng.uniform(1e3, 1e5, n) if energy is None else energy
        layers = rng.gamma(4.0 + np.arange(4) * (1 + shift), size=(n, 4))
        response = 0.1 + 0.01 * (rng.standard_normal(n) + shift)
        return FeatureTable(
            Conditions(energy, np.full(n, 1.5), np.zeros(n)),
            {"response": response},
            {"layers": layers},
        )

    return make
