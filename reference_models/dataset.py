"""The training sample in memory, with augmented batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.preprocessing import ShowerTransform, encode_conditions, fit_transform
from reference_models.symmetry import StaveSymmetry, augment

__all__ = ["Batch", "Sample", "TrainingSet", "hold_out", "read_samples"]


@dataclass(frozen=True)
class Batch:
    """Normalised showers (B, R, PHI, Z) with their encoded conditions (B, C)."""

    x: Tensor
    conditions: Tensor


@dataclass(frozen=True)
class Sample:
    """Training showers of one detector, its one-hot slot and its symmetry."""

    name: str
    slot: int
    symmetry: StaveSymmetry
    showers: Tensor
    energy: Tensor
    theta: Tensor
    phi: Tensor


def read_samples(
    files: dict[str, list[Path]], slots: dict[str, int], symmetries: dict[str, StaveSymmetry]
) -> list[Sample]:
    """Read the training files of every detector, {detector: files}."""
    samples = []
    for name, paths in files.items():
        columns: dict[str, list[NDArray[np.float32]]] = {}
        for path in paths:
            with h5py.File(path) as file:
                for key in ("showers", "incident_energy", "incident_theta", "incident_phi"):
                    columns.setdefault(key, []).append(file[key][:].astype(np.float32))
        tensors = [torch.from_numpy(np.concatenate(v)) for v in columns.values()]
        samples.append(Sample(name, slots[name], symmetries[name], *tensors))
    return samples


def hold_out(samples: list[Sample], fraction: float) -> tuple[list[Sample], list[Sample]]:
    """Split off the last ``fraction`` of each detector's showers for validation: (train, validation)."""
    train, validation = [], []
    for s in samples:
        columns = (s.showers, s.energy, s.theta, s.phi)
        cut = round(len(s.energy) * (1 - fraction))
        train.append(Sample(s.name, s.slot, s.symmetry, *(c[:cut] for c in columns)))
        validation.append(Sample(s.name, s.slot, s.symmetry, *(c[cut:] for c in columns)))
    return train, validation


class TrainingSet:
    """All detectors together, normalised once; every batch has equally many showers of each."""

    def __init__(
        self,
        samples: list[Sample],
        offset_mev: float,
        transform: ShowerTransform | None = None,
    ) -> None:
        self.samples = samples
        self.transform = transform or fit_transform(
            np.concatenate([s.showers.numpy() for s in samples]),
            np.concatenate([s.energy.numpy().astype(np.float64) for s in samples]),
            np.concatenate([np.full(len(s.energy), s.slot) for s in samples]),
            offset_mev,
        )
        self._normalised = [
            self.transform.normalise(s.showers, s.energy, torch.full((len(s.energy),), s.slot))
            for s in samples
        ]

    def __len__(self) -> int:
        return sum(len(s.energy) for s in self.samples)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """A random augmented batch; ``size`` must be a multiple of the number of detectors."""
        each = size // len(self.samples)
        xs, conditions = [], []
        for sample, normalised in zip(self.samples, self._normalised, strict=True):
            index = torch.randint(len(normalised), (each,), generator=generator)
            x, theta, phi = augment(
                normalised[index], sample.theta[index], sample.phi[index], sample.symmetry, generator
            )
            xs.append(x)
            slot = torch.full((each,), sample.slot)
            conditions.append(encode_conditions(sample.energy[index], theta, phi, slot))
        return Batch(torch.cat(xs), torch.cat(conditions))
