"""Distribution of a shower in azimuth around the incident particle's direction.

An azimuth is a direction, not a number on a line: its mean and width are those of circular
statistics (Mardia and Jupp, *Directional Statistics*, 2000, section 2.3), made from the resultant
vector (C, S) = (<cos phi>, <sin phi>) of length R, with energies as weights.

Formula: x = r cos(phi), y = r sin(phi) with energies as weights; (C, S) = sum E_i (cos phi_i, sin phi_i) /
sum E_i, R = sqrt(C^2 + S^2), direction atan2(S, C), angular deviation sqrt(2 (1 - R)).

Pitfalls: a direction has no ordinary mean: numbers just below pi and just above -pi are neighbours.
Programs do not agree where sector 0 begins (Par04 and DDML differ by half a turn), and a sample turned by
half a turn has the same azimuthal profile for particles that hit the layers head-on. A profile in azimuth
that is flat says nothing of single showers, which are never even.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import ROUNDING
from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable, PlainWords, Projections
from calobench.observables.moments import mean, ratio, width

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

# A resultant shorter than this is rounding: the shower points nowhere.
MIN_RESULTANT = 1e-12


def _azimuth(detector: DetectorSpec) -> Axis:
    edges = np.linspace(-np.pi, np.pi, detector.mesh_geometry.n_phi + 1)
    return Axis(label="azimuth", unit="rad", edges=edges)


def _profile(showers: Projections) -> Array:
    return ratio(showers.sectors, showers.total[:, None])


def _sector_energy(showers: Projections) -> Array:
    return showers.sectors


def _energy_times_radius(showers: Projections) -> Array:
    """Sum of energy times radius a sector, MeV mm, (N, PHI)."""
    moment: Array = np.einsum("nrp,r->np", showers.r_phi, showers.mesh.r_centres)
    return moment


def _centre_of_gravity_x(showers: Projections) -> Array:
    return ratio(_energy_times_radius(showers) @ np.cos(showers.mesh.phi_centres), showers.total)


def _centre_of_gravity_y(showers: Projections) -> Array:
    return ratio(_energy_times_radius(showers) @ np.sin(showers.mesh.phi_centres), showers.total)


def _width_across(component: Callable[[Array], Array], showers: Projections) -> Array:
    """Standard deviation of r cos(phi) or r sin(phi), mm, (N,)."""
    mesh = showers.mesh
    coordinate = np.outer(mesh.r_centres, component(mesh.phi_centres)).ravel()
    return width(showers.r_phi.reshape(len(showers.r_phi), -1), coordinate)


def _resultant(showers: Projections) -> tuple[Array, Array]:
    """Components C and S of the resultant vector, each (N,)."""
    phi = showers.mesh.phi_centres
    return mean(showers.sectors, np.cos(phi)), mean(showers.sectors, np.sin(phi))


def _mean_direction(showers: Projections) -> Array:
    cosine, sine = _resultant(showers)
    points = np.hypot(cosine, sine) > MIN_RESULTANT
    direction = np.arctan2(sine, cosine)
    # Straight back is pi, and not -pi where rounding says so.
    direction = np.where(direction < -np.pi * (1 - ROUNDING), np.pi, direction)
    return np.where(points, direction, np.nan)


def _angular_deviation(showers: Projections) -> Array:
    # Batschelet's deviation rather than sqrt(-2 ln R): both are the standard deviation of a narrow
    # shower, but this one stays finite for a shower that is even in azimuth (R = 0).
    cosine, sine = _resultant(showers)
    deviation: Array = np.sqrt(2 * np.maximum(1 - np.hypot(cosine, sine), 0))
    return deviation


OBSERVABLES = (
    Observable(
        name="azimuthal_profile",
        label="E_sector / E_vis",
        unit="",
        family="azimuthal",
        topic="lateral",
        description="Fraction of the visible energy in each azimuth sector.",
        compute=_profile,
        axis=_azimuth,
        harmonics="azimuth",
    ),
    Observable(
        name="sector_energy",
        label="E_sector",
        unit="MeV",
        family="azimuthal",
        topic="lateral",
        description="Visible energy in each azimuth sector.",
        compute=_sector_energy,
        axis=_azimuth,
        judged_by=("azimuthal_profile", "response"),
    ),
    Observable(
        name="centre_of_gravity_x",
        label="⟨x⟩",
        unit="mm",
        family="azimuthal",
        topic="lateral",
        description="Energy-weighted mean of r cos(φ) in the plane across the incident direction.",
        compute=_centre_of_gravity_x,
        local=True,
        verdict=True,
        plain=PlainWords(mean="centre of gravity in x"),
    ),
    Observable(
        name="centre_of_gravity_y",
        label="⟨y⟩",
        unit="mm",
        family="azimuthal",
        topic="lateral",
        description="Energy-weighted mean of r sin(φ) in the plane across the incident direction.",
        compute=_centre_of_gravity_y,
        local=True,
        verdict=True,
        plain=PlainWords(mean="centre of gravity in y"),
    ),
    Observable(
        name="width_x",
        label="σ_x",
        unit="mm",
        family="azimuthal",
        topic="lateral",
        description="Energy-weighted standard deviation of r cos(φ).",
        compute=partial(_width_across, np.cos),
    ),
    Observable(
        name="width_y",
        label="σ_y",
        unit="mm",
        family="azimuthal",
        topic="lateral",
        description="Energy-weighted standard deviation of r sin(φ).",
        compute=partial(_width_across, np.sin),
    ),
    Observable(
        name="centre_of_gravity_phi",
        label="⟨φ⟩",
        unit="rad",
        family="azimuthal",
        topic="lateral",
        description="Direction of the energy-weighted resultant of the azimuths, in (-π, π].",
        compute=_mean_direction,
        # A direction has no mean, its harmonics have.
        judged_by=("azimuthal_profile",),
    ),
    Observable(
        name="width_phi",
        label="σ_φ",
        unit="rad",
        family="azimuthal",
        topic="lateral",
        description=(
            "Angular deviation sqrt(2 (1 - R)) with R the length of the resultant of the azimuths; "
            "0 for one direction, sqrt(2) for a shower even in azimuth."
        ),
        compute=_angular_deviation,
    ),
)
