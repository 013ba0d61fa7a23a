"""Steps around the network when it samples, in numpy and for one detector at a time.

For one shower a dozen small operations of PyTorch take longer than their arithmetic. The formulas are
those of :mod:`reference_models.network.preprocessing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from calobench.showers import Conditions
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import (
    CONDITION_SIZE,
    ENERGY_SCALE_MEV,
    N_SLOTS,
    PIVOT_MEV,
    THETA_RANGE,
    ShowerTransform,
)
from reference_models.samplers.noise import RingMixing

__all__ = ["Correlator", "Restorer", "correlators", "encode", "restorers"]

Array = NDArray[np.float32]


def encode(conditions: Conditions, slot: int) -> Array:
    """Network inputs (N, 10), see :func:`reference_models.network.preprocessing.encode_conditions`."""
    low, high = THETA_RANGE
    encoded = np.zeros((len(conditions), CONDITION_SIZE), dtype=np.float32)
    encoded[:, 0] = conditions.energy / ENERGY_SCALE_MEV
    encoded[:, 1] = np.log(conditions.energy / PIVOT_MEV) / 2
    encoded[:, 2] = (2 * conditions.theta - low - high) / (high - low)
    encoded[:, 3] = np.sin(conditions.phi)
    encoded[:, 4] = np.cos(conditions.phi)
    encoded[:, CONDITION_SIZE - N_SLOTS + slot] = 1
    return encoded


@dataclass(frozen=True)
class Restorer:
    """From normalised values to energies for one detector.

    Attributes:
        mean: as in :class:`reference_models.network.preprocessing.ShowerTransform`, (R, 1, Z).
        slope: the same.
        factor: its scale over the deviation of normalised data, (R, 1, Z).
        offset_mev: added before the logarithm.
        cut_mev: cells below are set to zero.
    """

    mean: Array
    slope: Array
    factor: Array
    offset_mev: float
    cut_mev: float

    def centre(self, energy: NDArray[np.float64]) -> Array:
        """Expected log(E_cell + offset), (N, R, 1, Z), for incident energies, (N,) MeV."""
        log_energy = np.log(energy / PIVOT_MEV).astype(np.float32)
        centre: Array = self.mean + self.slope * log_energy[:, None, None, None]
        return centre

    def restore(self, x: Array, centre: Array) -> Array:
        """Normalised -> MeV; cells below the cut are exactly zero.

        A cell never gets more than the largest incident energy, whatever the network says.

        Args:
            x: normalised showers, (N, R, PHI, Z).
            centre: their :meth:`centre`.
        """
        cells = x * self.factor
        cells += centre
        np.minimum(cells, np.float32(math.log(ENERGY_SCALE_MEV)), out=cells)
        np.exp(cells, out=cells)
        cells -= np.float32(self.offset_mev)
        return np.where(cells > self.cut_mev, cells, np.float32(0))


def restorers(transform: ShowerTransform) -> tuple[Restorer, ...]:
    """One for each one-hot slot."""
    tables = (transform.mean, transform.slope, transform.scale / SIGMA_DATA)
    return tuple(
        Restorer(mean, slope, factor, transform.offset_mev, transform.cut_mev)
        for mean, slope, factor in zip(*(table.numpy() for table in tables), strict=True)
    )


@dataclass(frozen=True)
class Correlator:
    """From white noise to that of correlated rings and layers, for one detector.

    Attributes:
        own: as in :class:`reference_models.samplers.noise.RingMixing`, (R, 1, Z).
        before: the same without the innermost ring, which has none before it, (R - 1, 1, Z).
        layers: rows of layers times this are correlated, (Z, Z).
    """

    own: Array
    before: Array
    layers: Array

    def __call__(self, white: Array) -> Array:
        """Correlated noise, (N, R, PHI, Z) like ``white``."""
        mixed = white * self.own
        mixed[:, 1:] += white[:, :-1] * self.before
        # One product of all rows: numpy would take the rings one by one.
        correlated: Array = np.matmul(mixed.reshape(-1, len(self.layers)), self.layers)
        return correlated.reshape(white.shape)


def correlators(rings: RingMixing, layers: Tensor) -> tuple[Correlator, ...]:
    """One for each one-hot slot.

    Args:
        rings: their mixing, for all slots.
        layers: matrices (slots, Z, Z) of :func:`reference_models.samplers.noise.layer_mixings`.
    """
    tables = (rings.own, rings.before[:, 1:], layers.transpose(1, 2))
    return tuple(
        Correlator(*(np.ascontiguousarray(one) for one in of_slot))
        for of_slot in zip(*(table.numpy() for table in tables), strict=True)
    )
