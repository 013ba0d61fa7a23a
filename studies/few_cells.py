"""A model that costs next to nothing, so that a study measures what is around it: twenty cells per shower.

As ``--model``: ``studies/few_cells.py:make``.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions

__all__ = ["FewCells", "make"]

_CELLS = 20


class FewCells:
    """The visible energy, divided evenly among cells drawn at random in the inner rings."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self._pause_s = pause_s

    info = ModelInfo(
        name="few-cells", description="twenty cells per shower, for studies of scaling"
    )

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """See :class:`~calobench.models.protocol.ShowerModel`."""
        time.sleep(self._pause_s)
        rng = np.random.default_rng(seed)
        mesh = detector.mesh_geometry
        showers = np.zeros((len(conditions), *mesh.shape), np.float32)
        fraction = (
            detector.sampling_fraction * conditions.energy * rng.normal(1, 0.02, len(conditions))
        )
        for shower, energy in zip(showers, fraction, strict=True):
            rings = rng.integers(0, 3, _CELLS)
            sectors = rng.integers(0, mesh.n_phi, _CELLS)
            layers = rng.integers(2, 25, _CELLS)
            np.add.at(shower, (rings, sectors, layers), np.float32(abs(energy) / _CELLS))
        return showers


def make(pause_s: float = 0.0) -> FewCells:
    """For ``--model``; a call takes at least ``pause_s``, without using a processor."""
    return FewCells(pause_s)
