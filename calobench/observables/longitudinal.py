"""Development of a shower in depth, along the incident particle.

Formula: with E_k the energy of layer k and z_k the depth of its centre, <z> = sum E_k z_k / sum E_k and
sigma_z^2 = sum E_k (z_k - <z>)^2 / sum E_k. The profile is E_k / E_vis, shower by shower. The maximum is
the centre of the layer with most energy; the start is the first layer with 1 % of the visible energy.

Pitfalls: a mean profile may agree where single showers do not: compare widths and correlations of layers
too. The maximum takes values in steps of a layer. All depths grow with the logarithm of the energy: samples
with other incident energies differ in them. The mesh ends, and what leaks out behind it is in no depth.
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

# Little more than one minimum-ionising particle at 1 GeV, and a hundred at 100 GeV, in silicon and
# argon alike: not where the photon converts, but where the shower begins to grow.
START_FRACTION = 0.01

LAYERS_A_GROUP = 5
GROUPS = 9


def _depth(detector: DetectorSpec) -> Axis:
    mesh = detector.mesh_geometry
    return Axis(label="depth", unit="mm", edges=np.arange(mesh.n_z + 1.0) * mesh.dz_mm)


def _layer_energy(showers: Projections) -> Array:
    return showers.layers


def _profile(showers: Projections) -> Array:
    return ratio(showers.layers, showers.total[:, None])


def _centre_of_gravity(showers: Projections) -> Array:
    return mean(showers.layers, showers.mesh.z_centres)


def _width(showers: Projections) -> Array:
    return width(showers.layers, showers.mesh.z_centres)


def _shower_maximum(showers: Projections) -> Array:
    depth = showers.mesh.z_centres[showers.layers.argmax(axis=1)]
    return np.where(showers.total > 0, depth, np.nan)


def _shower_start(showers: Projections) -> Array:
    reached = showers.layers >= START_FRACTION * showers.total[:, None]
    depth = showers.mesh.z_centres[reached.argmax(axis=1)]
    return np.where(showers.total > 0, depth, np.nan)


def _containing(fraction: float, showers: Projections) -> Array:
    edges = np.arange(showers.mesh.n_z + 1.0) * showers.mesh.dz_mm
    return quantile(showers.layers, edges, fraction)


def _depth_containing(percent: int) -> Observable:
    return Observable(
        name=f"depth_{percent}",
        label=f"depth with {percent} % of E",
        unit="mm",
        family="longitudinal",
        topic="longitudinal",
        description=(
            f"Depth up to which {percent} % of the visible energy lies, interpolated within a layer."
        ),
        compute=partial(_containing, percent / 100),
        # Half of it lies within the centre of gravity: their correlation is 0.99.
        judged_by=("centre_of_gravity_z",) if percent == 50 else (),
        plain=PlainWords(
            mean=f"depth with {percent} % of the energy", larger="too deep", smaller="too shallow"
        ),
    )


def _group_fraction(first: int, showers: Projections) -> Array:
    # Layers that the mesh does not have hold no energy: the slice is then short or empty.
    group = showers.layers[:, first : first + LAYERS_A_GROUP]
    return ratio(group.sum(axis=1), showers.total)


def _group(first: int) -> Observable:
    last = first + LAYERS_A_GROUP - 1
    return Observable(
        name=f"layers_{first:02d}_{last:02d}",
        label=f"E(layers {first}-{last}) / E_vis",
        unit="",
        family="longitudinal",
        topic="longitudinal",
        description=f"Fraction of the visible energy in layers {first} to {last}, counted from 0.",
        compute=partial(_group_fraction, first),
        part_of="longitudinal_profile",
        local=True,
        correlated=True,
    )


_GROUPS = tuple(_group(LAYERS_A_GROUP * group) for group in range(GROUPS))

OBSERVABLES = (
    Observable(
        name="longitudinal_profile",
        label="E_layer / E_vis",
        unit="",
        family="longitudinal",
        topic="longitudinal",
        description="Fraction of the visible energy in each layer.",
        compute=_profile,
        axis=_depth,
        judged_by=tuple(group.name for group in _GROUPS),
        terminal=True,
        plain=PlainWords(mean="longitudinal profile"),
        picture="Longitudinal profile",
    ),
    Observable(
        name="layer_energy",
        label="E_layer",
        unit="MeV",
        family="longitudinal",
        topic="longitudinal",
        description="Visible energy in each layer.",
        compute=_layer_energy,
        axis=_depth,
        log_y=True,
        judged_by=("longitudinal_profile", "response"),
    ),
    Observable(
        name="centre_of_gravity_z",
        label="⟨z⟩",
        unit="mm",
        family="longitudinal",
        topic="longitudinal",
        description="Energy-weighted mean depth.",
        compute=_centre_of_gravity,
        main=2,
        headline=("bias",),
        terminal=True,
        verdict=True,
        plain=PlainWords(mean="mean depth", larger="too deep", smaller="too shallow"),
        curves=("energy", "theta"),
    ),
    Observable(
        name="width_z",
        label="σ_z",
        unit="mm",
        family="longitudinal",
        topic="longitudinal",
        description="Energy-weighted standard deviation of the depth.",
        compute=_width,
        main=3,
        terminal=True,
        verdict=True,
        plain=PlainWords(mean="width in depth"),
    ),
    Observable(
        name="shower_maximum",
        label="z_max",
        unit="mm",
        family="longitudinal",
        topic="longitudinal",
        description="Depth of the centre of the layer with the largest energy.",
        compute=_shower_maximum,
        verdict=True,
        plain=PlainWords(mean="shower maximum", larger="too deep", smaller="too shallow"),
    ),
    Observable(
        name="shower_start",
        label="z_start",
        unit="mm",
        family="longitudinal",
        topic="longitudinal",
        description=(
            "Depth of the centre of the first layer with at least 1 % of the visible energy."
        ),
        compute=_shower_start,
        plain=PlainWords(mean="shower start", larger="too deep", smaller="too early"),
    ),
    *(_depth_containing(percent) for percent in (50, 90)),
    *_GROUPS,
)
