"""Between showers in MeV and what the network sees.

Cell energies span six decades, so the network works on ``log(E_cell + offset)``. CaloDiT standardises
that with one global mean and deviation; then one network sigma is a factor exp(2.75) in energy, and a
small residual error moves hot cells by 14 %. Here the mean, its slope with ln(E_incident) and the
deviation are taken per detector, ring and layer (averaged over azimuth), which is 3-4 times finer in
the core of the shower. The tables are stored with the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.network.preconditioning import SIGMA_DATA

__all__ = [
    "CONDITION_SIZE",
    "ENERGY_SCALE_MEV",
    "N_SLOTS",
    "PIVOT_MEV",
    "THETA_RANGE",
    "ShowerTransform",
    "encode_conditions",
    "fit_transform",
]

N_SLOTS = 5
"""One-hot order: Par04SiW, Par04SciPb, ODD, FCCeeCLD, new."""
CONDITION_SIZE = 5 + N_SLOTS
ENERGY_SCALE_MEV = 100e3
THETA_RANGE = (0.87, 2.27)
PIVOT_MEV = 30e3
_SCALE_FLOOR = 0.2


def encode_conditions(energy: Tensor, theta: Tensor, phi: Tensor, slot: Tensor) -> Tensor:
    """Network inputs (B, 10): E/100 GeV, ln(E/30 GeV)/2, theta in [-1, 1], sin phi, cos phi, one-hot.

    Args:
        energy: incident energy in MeV, (B,).
        theta: polar angle in rad, (B,).
        phi: azimuth in rad, (B,).
        slot: one-hot slot of the detector, integer (B,).
    """
    low, high = THETA_RANGE
    columns = [
        energy / ENERGY_SCALE_MEV,
        (energy / PIVOT_MEV).log() / 2,
        (2 * theta - low - high) / (high - low),
        phi.sin(),
        phi.cos(),
    ]
    one_hot = torch.eye(N_SLOTS, device=slot.device)[slot]
    return torch.cat([torch.stack(columns, dim=1), one_hot], dim=1).float()


@dataclass(frozen=True)
class ShowerTransform:
    """Invertible map of cell energies to normalised values of deviation ``SIGMA_DATA``.

    Attributes:
        mean: mean of log(E + offset) at 30 GeV, (slots, R, 1, Z), log MeV.
        slope: its slope with ln(E_incident), same shape.
        scale: deviation around it, same shape.
        offset_mev: added before the logarithm.
        cut_mev: generated cells below this are set to zero.
    """

    mean: Tensor
    slope: Tensor
    scale: Tensor
    offset_mev: float
    cut_mev: float

    def centre(self, energy: Tensor, slot: Tensor) -> Tensor:
        """Expected log(E_cell + offset), (B, R, 1, Z), log MeV."""
        log_energy = (energy / PIVOT_MEV).log().view(-1, 1, 1, 1)
        return self.mean[slot] + self.slope[slot] * log_energy

    def normalise(self, showers: Tensor, energy: Tensor, slot: Tensor) -> Tensor:
        """(B, R, PHI, Z) MeV -> normalised."""
        logs = (showers + self.offset_mev).log()
        return (logs - self.centre(energy, slot)) / self.scale[slot] * SIGMA_DATA

    def tensors(self) -> dict[str, Tensor]:
        """State that has to be stored with the weights."""
        cuts = torch.tensor([self.offset_mev, self.cut_mev], dtype=torch.float64)
        return {"mean": self.mean, "slope": self.slope, "scale": self.scale, "cuts": cuts}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> ShowerTransform:
        """Inverse of :meth:`tensors`."""
        offset, cut = tensors["cuts"].tolist()
        return cls(tensors["mean"], tensors["slope"], tensors["scale"], offset, cut)


def fit_transform(
    showers: NDArray[np.float32],
    energy: NDArray[np.float64],
    slot: NDArray[np.int64],
    offset_mev: float,
) -> ShowerTransform:
    """Least-squares mean and slope in ln(E), and the deviation around them, per slot, ring and layer.

    Args:
        showers: training showers, (N, R, PHI, Z) MeV.
        energy: incident energies, (N,) MeV.
        slot: one-hot slots, (N,). A slot without showers keeps the mean of the others.
        offset_mev: added before the logarithm.
    """
    _, n_r, _, n_z = showers.shape
    mean, slope, scale = np.zeros((3, N_SLOTS, n_r, 1, n_z))
    present = np.unique(slot)
    for k in present:
        chosen = slot == k
        logs = np.log(showers[chosen] + offset_mev)
        u = np.log(energy[chosen] / PIVOT_MEV)
        design = np.stack([np.ones_like(u), u], axis=1)
        rings = logs.mean(axis=2)
        solution = np.linalg.lstsq(design, rings.reshape(len(u), -1), rcond=None)[0]
        mean[k], slope[k] = solution.reshape(2, n_r, 1, n_z)
        residual = logs - (mean[k] + slope[k] * u[:, None, None, None])
        scale[k] = np.sqrt(np.square(residual).mean(axis=(0, 2)))[:, None, :]
    absent = np.setdiff1d(np.arange(N_SLOTS), present)
    for table in (mean, slope, scale):
        table[absent] = table[present].mean(axis=0)
    mean32, slope32, scale32 = (
        torch.from_numpy(t.astype(np.float32))
        for t in (mean, slope, np.maximum(scale, _SCALE_FLOOR))
    )
    return ShowerTransform(mean32, slope32, scale32, offset_mev, offset_mev / 2)
