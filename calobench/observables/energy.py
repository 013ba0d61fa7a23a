"""How much energy a shower leaves in the active material."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Observable, PlainWords, Projections
from calobench.observables.moments import ratio

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]


def _visible_energy(showers: Projections) -> Array:
    return showers.total


def _response(showers: Projections) -> Array:
    return ratio(showers.total, showers.showers.conditions.energy)


OBSERVABLES = (
    Observable(
        name="visible_energy",
        label="E_vis",
        unit="MeV",
        family="energy",
        description="Energy deposited in the active material of all cells.",
        compute=_visible_energy,
        terminal=True,
        judged_by=("response",),
        plain=PlainWords(mean="mean visible energy", larger="too high", smaller="too low"),
    ),
    Observable(
        name="response",
        label="E_vis / E_inc",
        unit="",
        family="energy",
        description="Visible energy over incident energy; its mean is the sampling fraction.",
        compute=_response,
        terminal=True,
        main=1,
        headline=("bias", "width"),
        verdict=True,
        plain=PlainWords(
            mean="mean response", larger="too high", smaller="too low", width="resolution"
        ),
    ),
)
