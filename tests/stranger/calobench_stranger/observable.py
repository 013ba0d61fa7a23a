"""Largest fraction of a shower's energy in one layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.observables import Observable, PlainWords
from calobench.observables.base import Projections

__all__ = ["HOTTEST_LAYER_FRACTION"]


def _hottest_layer_fraction(showers: Projections) -> NDArray[np.float64]:
    # NaN for a shower without visible energy, which has no fractions.
    fraction = np.full(len(showers.total), np.nan)
    np.divide(showers.layers.max(axis=1), showers.total, out=fraction, where=showers.total > 0)
    return fraction


HOTTEST_LAYER_FRACTION = Observable(
    name="hottest_layer_fraction",
    label="hottest layer / E_vis",
    unit="",
    family="longitudinal",
    topic="longitudinal",
    description="Fraction of the visible energy in the layer that has most of it.",
    compute=_hottest_layer_fraction,
    # A row in the table of the terminal.
    terminal=True,
    # Every verdict measures its mean and width, and calls it so.
    verdict=True,
    plain=PlainWords("hottest layer", "too prominent", "too weak"),
    # Its mean is among the gate's main metrics.
    headline=("bias",),
)
