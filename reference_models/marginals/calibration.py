"""All that is done to a variant's showers before their visible energy is drawn: cells, layers, rings.

Fitted to Geant4 training showers, one after the other on what the one before leaves. Of the orders
tried on two halves of the training sample this one scored best. A variant is one network with one
sampler.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.marginals.cells import CellCalibration, fit_cells
from reference_models.marginals.shares import (
    PARTS,
    Moments,
    ShareCalibration,
    design_of,
    fit_shares,
    ring_layer_sums,
    scaled,
)

__all__ = ["Calibration", "ShowerSample", "fit_calibration"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ShowerSample:
    """Showers of one detector with what their calibration depends on.

    Attributes:
        showers: (N, R, PHI, Z) MeV.
        centre: expected ln E of each cell, (N, R, 1, Z), from the transform.
        energy: incident energies, (N,) MeV.
        theta: (N,) rad.
    """

    showers: NDArray[np.float32]
    centre: NDArray[np.float32]
    energy: Array
    theta: Array


@dataclass(frozen=True)
class Calibration:
    """The three steps of one variant."""

    cells: CellCalibration
    shares: tuple[ShareCalibration, ...]

    def apply(self, sample: ShowerSample, slot: int) -> NDArray[np.float32]:
        """The calibrated showers of ``sample``."""
        showers = self.cells.apply(sample.showers, sample.centre, sample.energy, slot)
        if not self.shares:
            return showers
        sums, design = ring_layer_sums(showers), design_of(sample.energy, sample.theta)
        total = np.ones_like(sums)
        for step in self.shares:
            factors = step.factors(sums, design, slot)
            sums *= factors
            total *= factors
        return scaled(showers, total)

    def tensors(self) -> dict[str, Tensor]:
        """What has to be stored with the weights."""
        found: dict[str, NDArray[np.floating]] = {
            "cells.source": self.cells.source,
            "cells.target": self.cells.target,
        }
        for step in self.shares:
            for role, moments in (("source", step.source), ("target", step.target)):
                found[f"{step.part}.{role}.mean"] = moments.mean
                found[f"{step.part}.{role}.log_deviation"] = moments.log_deviation
        return {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in found.items()}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Calibration:
        """Inverse of :meth:`tensors`."""
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}

        def moments(part: str, role: str) -> Moments:
            prefix = f"{part}.{role}"
            return Moments(arrays[f"{prefix}.mean"], arrays[f"{prefix}.log_deviation"])

        return cls(
            CellCalibration(arrays["cells.source"], arrays["cells.target"]),
            tuple(
                ShareCalibration(part, moments(part, "source"), moments(part, "target"))
                for part in PARTS
            ),
        )


def fit_calibration(
    generated: dict[int, ShowerSample],
    reference: dict[int, ShowerSample],
    slots: int,
    cut_mev: float,
) -> Calibration:
    """Fit cells, then layers, then rings.

    Args:
        generated: a variant's showers as its network makes them, for each slot.
        reference: Geant4 training showers of the same conditions.
        slots: number of one-hot slots.
        cut_mev: cells below are empty for the model, so they are for the reference.
    """
    energy = {k: sample.energy for k, sample in generated.items()}
    theta = {k: sample.theta for k, sample in generated.items()}
    truth = {k: sample.showers for k, sample in reference.items()}
    cells = fit_cells(
        {k: sample.showers for k, sample in generated.items()},
        truth,
        {k: sample.centre for k, sample in generated.items()},
        energy,
        slots,
        cut_mev,
    )
    calibration = Calibration(cells, ())
    for part in PARTS:
        current = {k: calibration.apply(sample, k) for k, sample in generated.items()}
        step = ShareCalibration(
            part,
            fit_shares(part, current, energy, theta, slots),
            fit_shares(part, truth, energy, theta, slots),
        )
        calibration = Calibration(cells, (*calibration.shares, step))
    return calibration
