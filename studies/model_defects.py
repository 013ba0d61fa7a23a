"""Defects of how a model is run, whatever its showers are like: both samples are the model's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from defects import Defect

from calobench.detectors import DetectorSpec
from calobench.harness.sources import ModelSource
from calobench.models.registry import load_model
from calobench.showers import Showers

__all__ = ["defects_of"]

CHUNK = 100
THREADS = 2

Inject = Callable[[Showers, np.random.Generator], Showers]


def defects_of(name: str, detector: DetectorSpec) -> tuple[Defect, ...]:
    """Defects of a model that generates.

    Args:
        name: of the model.
        detector: for which it generates.
    """

    def generated(*, same_noise: bool, same_conditions: bool = False) -> Inject:
        """Showers of the model for the conditions of others.

        Each half is made by a thread, of its own noise or of that of the first; and for conditions of its
        own, or for those of the first half.
        """

        def inject(showers: Showers, rng: np.random.Generator) -> Showers:
            model, half = load_model(name), len(showers) // THREADS
            seeds = rng.integers(2**32, size=THREADS + 1)
            parts: list[Showers] = []
            # What is left of a number that cannot be halved is a part of its own.
            for thread, first in enumerate(range(0, len(showers), half)):
                seed = int(seeds[0 if same_noise and thread < THREADS else thread])
                rows = np.arange(first, min(first + half, len(showers)))
                conditions = showers.conditions[rows % half if same_conditions else rows]
                parts += ModelSource(model, conditions, detector, seed, name).chunks(CHUNK)
            return Showers.concatenate(parts)

        return inject

    return (
        Defect(
            "the same noise in two threads",
            generated(same_noise=True),
            ("sample.same_noise", "sample.repeated"),
            baseline=generated(same_noise=False),
            halves=True,
        ),
        Defect(
            "the same noise in two threads, at the same conditions",
            generated(same_noise=True, same_conditions=True),
            ("sample.repeated",),
            baseline=generated(same_noise=False, same_conditions=True),
            halves=True,
        ),
    )
