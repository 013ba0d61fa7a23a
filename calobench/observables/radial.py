"""Spread of a shower around the incident particle's direction.

Formula: with E_j the energy of ring j and r_j the radius of its centre, <r> = sum E_j r_j / sum E_j and
sigma_r^2 = sum E_j (r_j - <r>)^2 / sum E_j. R_p is the radius that holds p % of the energy.

Pitfalls: the innermost ring holds most of the energy, so that one ring decides over the mean, and R_50
often lies inside of it, where it rests on the assumption of an even ring. The mesh ends at a radius: R_90
is that of the energy inside. Dividing by the area of the ring makes the same profile look different; read
the axis.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable, PlainWords, Projections
from calobench.observables.moments import mean, quantile, ratio, width

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

RINGS = 9


def _radius(detector: DetectorSpec) -> Axis:
    mesh = detector.mesh_geometry
    return Axis(label="radius", unit="mm", edges=np.arange(mesh.n_r + 1.0) * mesh.dr_mm)


def _profile(showers: Projections) -> Array:
    return ratio(showers.rings, showers.total[:, None])


def _centre_of_gravity(showers: Projections) -> Array:
    return mean(showers.rings, showers.mesh.r_centres)


def _width(showers: Projections) -> Array:
    return width(showers.rings, showers.mesh.r_centres)


def _ring_energy(showers: Projections) -> Array:
    return showers.rings


def _containing(fraction: float, showers: Projections) -> Array:
    # Spread evenly over the area of the ring, not over its radii.
    edges = np.arange(showers.mesh.n_r + 1.0) ** 2
    return np.sqrt(quantile(showers.rings, edges, fraction)) * showers.mesh.dr_mm


def _radius_containing(percent: int) -> Observable:
    return Observable(
        name=f"radius_{percent}",
        label=f"R_{percent}",
        unit="mm",
        family="radial",
        topic="lateral",
        description=(
            f"Radius within which {percent} % of the visible energy lies, interpolated within a ring "
            "as if its energy were spread evenly over its area."
        ),
        compute=partial(_containing, percent / 100),
        # Half of it lies where ring 0 ends: their correlation is 0.999.
        judged_by=("ring_0",) if percent == 50 else (),
        curves=("energy", "theta") if percent == 90 else (),
    )


def _ring_fraction(index: int, showers: Projections) -> Array:
    # A ring that the mesh does not have holds no energy: the slice is then empty.
    return ratio(showers.rings[:, index : index + 1].sum(axis=1), showers.total)


def _ring(index: int) -> Observable:
    return Observable(
        name=f"ring_{index}",
        label=f"E(ring {index}) / E_vis",
        unit="",
        family="radial",
        topic="lateral",
        description=f"Fraction of the visible energy in ring {index}, counted from 0 at the axis.",
        compute=partial(_ring_fraction, index),
        part_of="radial_profile",
    )


_RINGS = tuple(_ring(index) for index in range(RINGS))

OBSERVABLES = (
    Observable(
        name="radial_profile",
        label="E_ring / E_vis",
        unit="",
        family="radial",
        topic="lateral",
        description="Fraction of the visible energy in each ring.",
        compute=_profile,
        axis=_radius,
        log_y=True,
        judged_by=tuple(ring.name for ring in _RINGS),
        terminal=True,
        plain=PlainWords(mean="radial profile"),
        picture="Radial profile",
    ),
    Observable(
        name="ring_energy",
        label="E_ring",
        unit="MeV",
        family="radial",
        topic="lateral",
        description="Visible energy in each ring.",
        compute=_ring_energy,
        axis=_radius,
        log_y=True,
        per_area=True,
        judged_by=("radial_profile", "response"),
    ),
    Observable(
        name="centre_of_gravity_r",
        label="⟨r⟩",
        unit="mm",
        family="radial",
        topic="lateral",
        description="Energy-weighted mean distance from the incident particle's direction.",
        compute=_centre_of_gravity,
        main=4,
        headline=("bias",),
        terminal=True,
        verdict=True,
        plain=PlainWords(mean="mean radius"),
    ),
    Observable(
        name="width_r",
        label="σ_r",
        unit="mm",
        family="radial",
        topic="lateral",
        description="Energy-weighted standard deviation of the distance from the direction.",
        compute=_width,
        main=5,
        terminal=True,
        verdict=True,
        plain=PlainWords(mean="width in radius"),
    ),
    *(_radius_containing(percent) for percent in (50, 90, 97)),
    *_RINGS,
)
