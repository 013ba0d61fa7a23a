"""Number of cells of a shower with energy, and their positions.

Formula: the number of cells with E_i above a threshold (0.02, 0.1 and 1 MeV; profiles: 0.02 MeV), and the
fraction of cells of the mesh with E_i = 0.

Pitfalls: everything hangs on the threshold. Samples that were cut at different energies differ although
their showers do not; CaloChallenge files are cut at 15.15 keV of energies that were divided by 0.033.
Numbers of cells of different meshes are not comparable. Models that fill every cell with a little energy
are told by the empty ones.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import HIT_MEV, Axis, Observable, PlainWords, Projections
from calobench.observables.cells import cells_above

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

THRESHOLDS_MEV = {"100kev": 0.1, "1mev": 1.0}


def _depth(detector: DetectorSpec) -> Axis:
    mesh = detector.mesh_geometry
    return Axis(label="depth", unit="mm", edges=np.arange(mesh.n_z + 1.0) * mesh.dz_mm)


def _radius(detector: DetectorSpec) -> Axis:
    mesh = detector.mesh_geometry
    return Axis(label="radius", unit="mm", edges=np.arange(mesh.n_r + 1.0) * mesh.dr_mm)


def _azimuth(detector: DetectorSpec) -> Axis:
    edges = np.linspace(-np.pi, np.pi, detector.mesh_geometry.n_phi + 1)
    return Axis(label="azimuth", unit="rad", edges=edges)


def _layer_hits(showers: Projections) -> Array:
    hits: Array = showers.hits_rz.sum(axis=1, dtype=np.float64)
    return hits


def _ring_hits(showers: Projections) -> Array:
    hits: Array = showers.hits_rz.sum(axis=2, dtype=np.float64)
    return hits


def _sector_hits(showers: Projections) -> Array:
    hits: Array = showers.hits_phi_z.sum(axis=2, dtype=np.float64)
    return hits


def _hits(showers: Projections) -> Array:
    hits: Array = showers.hits_rz.sum(axis=(1, 2), dtype=np.float64)
    return hits


def _cells_above(threshold_mev: float, showers: Projections) -> Array:
    return cells_above(showers.showers.energy, threshold_mev)


def _empty_fraction(showers: Projections) -> Array:
    return 1 - _cells_above(0, showers) / np.prod(showers.mesh.shape)


def _occupancy(suffix: str, threshold_mev: float) -> Observable:
    is_main = suffix == "100kev"
    return Observable(
        name=f"cells_above_{suffix}",
        label=f"cells above {threshold_mev:g} MeV",
        unit="",
        family="occupancy",
        topic="cells",
        description=f"Number of cells with more than {threshold_mev:g} MeV.",
        compute=partial(_cells_above, threshold_mev),
        main=6 if is_main else None,
        headline=("bias",) if is_main else (),
        verdict=is_main,
        curves=("energy",) if is_main else (),
        plain=PlainWords(
            mean=f"cells above {threshold_mev:g} MeV", larger="too many", smaller="too few"
        ),
    )


OBSERVABLES = (
    Observable(
        name="layer_occupancy",
        label="hits per layer",
        unit="",
        family="occupancy",
        topic="cells",
        description=f"Number of cells with more than {HIT_MEV:g} MeV in each layer.",
        compute=_layer_hits,
        axis=_depth,
    ),
    Observable(
        name="ring_occupancy",
        label="hits per ring",
        unit="",
        family="occupancy",
        topic="cells",
        description=f"Number of cells with more than {HIT_MEV:g} MeV in each ring.",
        compute=_ring_hits,
        axis=_radius,
    ),
    Observable(
        name="sector_occupancy",
        label="hits a sector",
        unit="",
        family="occupancy",
        topic="cells",
        description=f"Number of cells with more than {HIT_MEV:g} MeV in each azimuth sector.",
        compute=_sector_hits,
        axis=_azimuth,
        harmonics="occupancy",
    ),
    Observable(
        name="cells_above_20kev",
        label=f"cells above {HIT_MEV:g} MeV",
        unit="",
        family="occupancy",
        topic="cells",
        description=f"Number of cells with more than {HIT_MEV:g} MeV.",
        compute=_hits,
        plain=PlainWords(mean=f"cells above {HIT_MEV:g} MeV", larger="too many", smaller="too few"),
    ),
    *(_occupancy(suffix, threshold) for suffix, threshold in THRESHOLDS_MEV.items()),
    Observable(
        name="empty_cells",
        label="empty cells / cells",
        unit="",
        family="occupancy",
        topic="cells",
        description="Fraction of the mesh's cells without any energy.",
        compute=_empty_fraction,
        # They are what the cells above thresholds leave.
        judged_by=("cells_above_20kev",),
    ),
)
