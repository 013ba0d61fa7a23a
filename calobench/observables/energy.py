"""Energy of a shower in the active material.

Formula: E_vis = sum over cells of E_i; response = E_vis / E_inc, with E_inc the incident energy.

Pitfalls: energies are raw deposits in the active material. Files that were divided by a sampling fraction
have a response near 1, and a unit that is off by 1,000 is off here. A threshold on cells lowers the
response at low energies most. The mean over a broad spectrum of energies hides a scale that changes with
energy: look at linearity, response against energy.
"""

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
        topic="energy",
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
        topic="energy",
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
