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

    def generated(*, same_noise: bool) -> Inject:
        """Showers for the conditions of others: each half by a thread, of its own noise or of the same."""

        def inject(showers: Showers, rng: np.random.Generator) -> Showers:
            model, half = load_model(name), len(showers) // THREADS
            seeds = rng.integers(2**32, size=THREADS)
            parts: list[Showers] = []
            for thread in range(THREADS):
                seed = int(seeds[0 if same_noise else thread])
                # The last takes what is left.
                end = (thread + 1) * half if thread < THREADS - 1 else len(showers)
                conditions = showers.conditions[thread * half : end]
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
    )
