"""Photon-like showers made by hand: smooth profiles, a few fluctuations, no Geant4."""

from __future__ import annotations

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.showers import Conditions, Showers

__all__ = ["toy_showers"]


def toy_showers(
    detector: DetectorSpec,
    n: int,
    *,
    energy_mev: float = 20e3,
    radius_mm: float = 2.5,
    theta: float = np.pi / 2,
    phi: float = 0.0,
    seed: int = 1,
) -> Showers:
    """Showers of one energy and direction, about 600 hits each.

    Args:
        detector: gives the mesh and the sampling fraction.
        n: how many.
        energy_mev: incident energy, MeV.
        radius_mm: of the exponential radial profile, mm.
        theta: polar angle, rad.
        phi: azimuth, rad.
        seed: of the showers.
    """
    rng = np.random.default_rng(seed)
    mesh = detector.mesh_geometry
    edges = np.arange(mesh.n_r + 1) * mesh.dr_mm / radius_mm
    ring = np.diff(1 - (1 + edges) * np.exp(-edges))
    depth = (np.arange(mesh.n_z) + 0.5) * mesh.dz_mm
    layer = depth**3 * np.exp(-depth / 25.0)
    mean = ring[:, None, None] * np.ones(mesh.n_phi)[:, None] * layer
    mean /= mean.sum()
    visible = energy_mev * detector.sampling_fraction
    # Hits of equal energy on average: a compound Poisson, as sampling fluctuations are.
    hits = rng.poisson(mean * 900, size=(n, *mesh.shape))
    energy = rng.gamma(np.maximum(hits, 1e-9), visible / 900) * (hits > 0)
    one = np.ones(n)
    return Showers(energy.astype(np.float32), Conditions(one * energy_mev, one * theta, one * phi))
