"""Tables of features that follow a known law, for tests of what only a sample has."""

from __future__ import annotations

from typing import Any

import numpy as np

from calobench.observables import FeatureTable
from calobench.showers import Conditions

__all__ = ["make_sample", "pulls"]


def make_sample(
    rng: np.random.Generator, n: int, *, shift: float = 0.0, width: float = 1.0
) -> FeatureTable:
    """A table of n showers; ``shift`` and ``width`` are of the observable ``depth``, in its sigma."""
    conditions = Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.87, 2.27, n), rng.uniform(0, 2 * np.pi, n)
    )
    u, c = np.log(conditions.energy / 1e4), np.cos(conditions.theta)
    own, common = rng.normal(size=(2, n))
    depth = 100 + 12 * u - 20 * c**2 + 5 * (shift + width * own)
    visible = conditions.energy * (0.1 + 0.002 * np.exp(-u / 2) * common)
    layers = rng.gamma(5 + np.exp(-((np.arange(6) - 2 - u[:, None]) ** 2) / 4) * 20)
    scalars = {
        "depth": depth,
        "visible": visible,
        "radius": np.exp(0.3 * common + 0.1 * rng.normal(size=n)) * (1 + 0.1 * u),
        "hits": rng.poisson(50 + 10 * u**2 + 5 * own).astype(float),
    }
    fractions = layers / layers.sum(axis=1, keepdims=True)
    return FeatureTable(conditions, scalars, {"longitudinal_profile": fractions})


def pulls(records: Any, value: str, error: str) -> Any:
    """Of all entries that have one."""
    every = np.concatenate(
        [
            np.array(getattr(one, value), float) / np.array(getattr(one, error), float)
            for bins in records
            for one in bins.observables
        ]
    )
    return every[np.isfinite(every)]
