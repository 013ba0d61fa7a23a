"""The seed that a model gets: numpy's, which other libraries take as well."""

from __future__ import annotations

from typing import Self

import numpy as np

__all__ = ["Seed"]


class Seed(np.random.SeedSequence):
    """A seed sequence that is also a whole number of 32 bits.

    ``numpy.random.default_rng(seed)``, ``torch.manual_seed(seed)`` and ``numpy.random.seed(seed)`` all
    take it; what only takes an ``int`` gets ``int(seed)``.
    """

    @classmethod
    def of(cls, seed: np.random.SeedSequence) -> Self:
        """A seed that gives the same numbers as ``seed``; spawning from it does not change ``seed``."""
        return cls(
            seed.entropy,
            spawn_key=seed.spawn_key,
            pool_size=seed.pool_size,
            n_children_spawned=seed.n_children_spawned,
        )

    def __int__(self) -> int:
        return int(self.generate_state(1)[0])

    __index__ = __int__
