"""A model: every shower has the average shape, and energies that fluctuate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions

__all__ = ["AverageShower", "average_shower"]


class AverageShower:
    """A gamma distribution along the depth, an exponential in radius, alike in all directions."""

    info = ModelInfo(name="average_shower", description="one shape for all showers", nfe=1)

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Cell energies in MeV, (N, R, PHI, Z); depends on nothing but the arguments."""
        mesh = detector.mesh_geometry
        z, r = mesh.z_centres / mesh.z_centres.mean(), mesh.r_centres / mesh.dr_mm
        shape = np.exp(-r)[:, None, None] * np.ones(mesh.n_phi)[:, None] * z**3 * np.exp(-4 * z)
        noise = np.random.default_rng(seed).gamma(2.0, 0.5, (len(conditions), *mesh.shape))
        visible = detector.sampling_fraction * conditions.energy
        showers = visible[:, None, None, None] * shape / shape.sum() * noise
        return np.asarray(showers, np.float32)


def average_shower() -> AverageShower:
    """The model; the entry point names this function."""
    return AverageShower()
