"""The training sample in memory, with augmented batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from calobench.errors import ShowerFileError
from calobench.io.readers.lemurs import LemursFile
from reference_models.network.preprocessing import ShowerTransform, encode_conditions, fit_transform
from reference_models.network.symmetry import StaveSymmetry, augment

__all__ = ["Batch", "Sample", "TrainingSet", "hold_out", "read_sample"]


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


def read_sample(name: str, paths: list[Path], slot: int, symmetry: StaveSymmetry) -> Sample:
    """Read the training files of one detector (LEMURS layout).

    Raises:
        ShowerFileError: there are none, or one is broken.
    """
    if not paths:
        raise ShowerFileError(f"no training file of {name} matches; correct 'files' or 'data_dir'")
    parts = []
    for path in paths:
        with LemursFile(path) as file:
            parts.append(file.read())
    showers = torch.from_numpy(np.concatenate([part.energy for part in parts]))
    energy, theta, phi = (
        torch.from_numpy(np.concatenate([getattr(part.conditions, key) for part in parts])).float()
        for key in ("energy", "theta", "phi")
    )
    return Sample(name, slot, symmetry, showers, energy, theta, phi)


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
                normalised[index],
                sample.theta[index],
                sample.phi[index],
                sample.symmetry,
                generator,
            )
            xs.append(x)
            slot = torch.full((each,), sample.slot)
            conditions.append(encode_conditions(sample.energy[index], theta, phi, slot))
        return Batch(torch.cat(xs), torch.cat(conditions))
