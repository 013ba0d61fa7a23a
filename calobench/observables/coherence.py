"""Correlation of the azimuthal patterns of neighbouring layers.

A shower is made of a few tracks and sub-showers, each of which crosses many layers: where one layer
has more energy, the next has it too. A model can have every layer right and yet place them at random
to each other; no sum over layers and no sum over azimuth sees that.

Formula: with e_k the energies in the sectors of layer k, outside the innermost ring, less their mean, and
E_k their sum, coherence = sum_k w_k corr(e_k, e_(k+1)) / sum_k w_k with w_k = sqrt(E_k E_(k+1)).

Pitfalls: it depends on the width of sectors and layers, so that meshes are not comparable, and it is near 0
for showers of low energy, in which few cells are filled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Observable, PlainWords, Projections
from calobench.observables.moments import ratio

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]


def _coherence(showers: Projections) -> Array:
    # The innermost ring is on the axis: its azimuth says little of where the energy is.
    outside = showers.showers.energy[:, 1:].sum(axis=1, dtype=np.float64)
    energy = outside.sum(axis=1)
    pattern = outside - outside.mean(axis=1, keepdims=True)
    length = np.sqrt((pattern**2).sum(axis=1))
    # Patterns of unit length; an even layer, or an empty one, has none.
    unit = np.divide(
        pattern, length[:, None], out=np.zeros_like(pattern), where=length[:, None] > 0
    )
    correlation = np.einsum("npz,npz->nz", unit[:, :, :-1], unit[:, :, 1:])
    weight = np.sqrt(energy[:, :-1] * energy[:, 1:])
    coherence = np.nan_to_num(ratio((weight * correlation).sum(axis=1), weight.sum(axis=1)))
    return np.where(showers.total > 0, coherence, np.nan)


OBSERVABLES = (
    Observable(
        name="azimuthal_coherence",
        label="azimuthal coherence",
        unit="",
        family="coherence",
        description=(
            "Correlation of the energies in the azimuth sectors of one layer with those of the next, "
            "outside the innermost ring; mean over pairs of layers, weighted by the geometric mean "
            "of their energies; 0 without any such energy."
        ),
        compute=_coherence,
        local=True,
        verdict=True,
        plain=PlainWords(mean="azimuthal coherence of layers"),
    ),
)
