"""Whether a shower goes on from layer to layer: a layer that is dead, or nearly so, is a dip.

Sums over showers hide a layer that is missing in one shower of ten, and its energy says little where
showers differ in depth; against its own neighbours it stands out.

Formula: the minimum over layers k of 2 E_k / (E_(k-1) + E_(k+1)), at most 1, of layers whose two neighbours
each have more than 2 % of the visible energy.

Pitfalls: it is the smallest of many ratios: it falls with the number of layers that count, hence with
energy, and in calorimeters with few samplings it fluctuates much in Geant4 too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Observable, PlainWords, Projections
from calobench.observables.moments import ratio

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

BODY = 0.02
"""Layers are looked at whose two neighbours have more than this fraction of the visible energy."""


def _weakest_layer(showers: Projections) -> Array:
    layers = showers.layers
    if layers.shape[1] < 3:
        return np.full(len(layers), np.nan)
    before, after = layers[:, :-2], layers[:, 2:]
    body = np.minimum(before, after) > BODY * showers.total[:, None]
    # Without such a layer nothing is weaker than its neighbours.
    weakest = np.where(body, ratio(2 * layers[:, 1:-1], before + after), 1.0).min(axis=1)
    return np.where(showers.total > 0, np.minimum(weakest, 1.0), np.nan)


OBSERVABLES = (
    Observable(
        name="weakest_layer",
        label="weakest layer / neighbours",
        unit="",
        family="continuity",
        description=(
            "Smallest ratio of a layer's energy to the mean of its two neighbours, each of which has "
            "more than 2 % of the visible energy; at most 1."
        ),
        compute=_weakest_layer,
        local=True,
        verdict=True,
        plain=PlainWords(
            mean="weakest layer over its neighbours", larger="too full", smaller="too empty"
        ),
    ),
)
