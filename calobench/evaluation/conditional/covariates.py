"""The incident particle in numbers that residuals of Geant4 do not depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_nearest
from calobench.showers import Conditions

__all__ = ["Covariates"]

Array = NDArray[np.float64]

# A beam of one energy or one direction has no slope; what is left of its spread is rounding.
MIN_SPREAD = 1e-4


@dataclass(frozen=True)
class Covariates:
    """Energy, angles and place within a stave, of mean 0 and width 1 over the reference.

    Attributes:
        names: of those that vary over the reference, C of them.
        mean: (C,).
        width: (C,).
        staves: sides of the barrel, 0 for none.
    """

    names: tuple[str, ...]
    mean: Array
    width: Array
    staves: int

    @classmethod
    def of(cls, conditions: Conditions, staves: int) -> Self:
        """Those that vary over the reference's conditions."""
        raw = _raw(conditions, staves)
        varying = {name: x for name, x in raw.items() if x.std() > MIN_SPREAD}
        return cls(
            tuple(varying),
            np.array([x.mean() for x in varying.values()]),
            np.array([x.std() for x in varying.values()]),
            staves,
        )

    def __call__(self, conditions: Conditions) -> Array:
        """The covariates of other showers, (N, C)."""
        raw = _raw(conditions, self.staves)
        columns = [raw[name] for name in self.names]
        if not columns:
            return np.empty((len(conditions), 0))
        standardised: Array = (np.stack(columns, axis=1) - self.mean) / self.width
        return standardised


def _raw(conditions: Conditions, staves: int) -> dict[str, Array]:
    raw = {
        "energy": np.log(conditions.energy),
        "theta": np.cos(conditions.theta),
        "phi_cos": np.cos(conditions.phi),
        "phi_sin": np.sin(conditions.phi),
    }
    if staves:
        raw["stave"] = 2 * to_nearest(conditions.phi * staves / (2 * np.pi))
    return raw
