"""The training sample in memory, with augmented batches."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.io import open_showers
from calobench.io.reading import Reading
from calobench.showers import Conditions
from reference_models.inference.arrays import encode
from reference_models.marginals.scale import SumsScale, fit_sums_scale
from reference_models.marginals.sums import sums_of
from reference_models.network.preprocessing import ShowerTransform, fit_transform
from reference_models.network.symmetry import StaveSymmetry, augment

__all__ = [
    "Batch",
    "Batches",
    "Sample",
    "Tables",
    "TrainingSet",
    "augmented",
    "cell_weights",
    "conditions_of",
    "fit_tables",
    "hold_out",
    "read_sample",
    "thinned",
]


@dataclass(frozen=True)
class Batch:
    """Normalised showers (B, R, PHI, Z) with their encoded conditions (B, C)."""

    x: Tensor
    conditions: Tensor


class Batches(Protocol):
    """Where batches come from.

    Attributes:
        cell_weights: of the loss for each ring and layer, (R, 1, Z), mean 1.
        device: where the batches are.
    """

    cell_weights: Tensor
    device: torch.device

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """A random augmented batch; ``size`` must be a multiple of the number of detectors."""


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


def read_sample(detector: DetectorSpec, paths: list[Path], symmetry: StaveSymmetry) -> Sample:
    """Read the training files of one detector, of any format that calobench reads.

    Raises:
        ShowerFileError: there are none, or one is broken.
        MeshMismatchError: one has another mesh than the detector.

    Warns:
        UserWarning: what was taken for granted in a file that does not say it, such as units.
    """
    name, slot = detector.name, detector.one_hot_slot
    if not paths:
        raise ShowerFileError(f"no training file of {name} matches; correct 'files' or 'data_dir'")
    parts = []
    for path in paths:
        with open_showers(path, Reading(detector)) as file:
            parts.append(file.read())
            if remarks := file.remarks():
                warnings.warn("; ".join(remarks), stacklevel=2)
    showers = torch.from_numpy(np.concatenate([part.energy for part in parts]))
    energy, theta, phi = (
        torch.from_numpy(np.concatenate([getattr(part.conditions, key) for part in parts])).float()
        for key in ("energy", "theta", "phi")
    )
    return Sample(name, slot, symmetry, showers, energy, theta, phi)


def thinned(samples: Sequence[Sample], max_showers: int | None, seed: int) -> list[Sample]:
    """The samples, of each at most so many showers, drawn at random; the same seed draws the same.

    Args:
        samples: of all detectors.
        max_showers: of each detector; None: all.
        seed: of the choice, which does not depend on the other detectors.
    """
    chosen = []
    for s in samples:
        if max_showers is None or max_showers >= len(s.energy):
            chosen.append(s)
            continue
        drawn = np.random.default_rng((seed, s.slot)).permutation(len(s.energy))
        rows = torch.from_numpy(np.sort(drawn[:max_showers]))
        columns = (s.showers, s.energy, s.theta, s.phi)
        chosen.append(Sample(s.name, s.slot, s.symmetry, *(c[rows] for c in columns)))
    return chosen


def hold_out(samples: list[Sample], fraction: float) -> tuple[list[Sample], list[Sample]]:
    """Split off the last ``fraction`` of each detector's showers for validation: (train, validation)."""
    train, validation = [], []
    for s in samples:
        columns = (s.showers, s.energy, s.theta, s.phi)
        cut = round(len(s.energy) * (1 - fraction))
        train.append(Sample(s.name, s.slot, s.symmetry, *(c[:cut] for c in columns)))
        validation.append(Sample(s.name, s.slot, s.symmetry, *(c[cut:] for c in columns)))
    return train, validation


def augmented(
    sample: Sample, index: Tensor, generator: torch.Generator, cells: Tensor | None = None
) -> tuple[NDArray[np.floating[Any]], Conditions]:
    """Showers that are as likely as those of ``index``, with their conditions; see :mod:`symmetry`.

    Args:
        sample: showers of one detector.
        index: which of them, (B,).
        generator: source of randomness.
        cells: what is turned instead of the cell energies, (N, R, PHI, any).
    """
    showers, theta, phi = augment(
        (sample.showers if cells is None else cells)[index],
        sample.theta[index],
        sample.phi[index],
        sample.symmetry,
        generator,
    )
    columns = (column.numpy().astype(np.float64) for column in (sample.energy[index], theta, phi))
    return showers.numpy(), Conditions(*columns)


@dataclass(frozen=True)
class Tables:
    """Parameters that are fitted to the training showers before any network is trained.

    Attributes:
        transform: of the cells.
        scale: of the marginals that the shape network is told.
    """

    transform: ShowerTransform
    scale: SumsScale


def fit_tables(samples: Sequence[Sample], offset_mev: float) -> Tables:
    """Fit them.

    Args:
        samples: training showers of all detectors.
        offset_mev: added to cell energies before their logarithm is taken.
    """
    transform = fit_transform(
        np.concatenate([s.showers.numpy() for s in samples]),
        np.concatenate([s.energy.numpy().astype(np.float64) for s in samples]),
        np.concatenate([np.full(len(s.energy), s.slot) for s in samples]),
        offset_mev,
    )
    scale = fit_sums_scale(
        {s.slot: (sums_of(s.showers.numpy()), conditions_of(s)) for s in samples}
    )
    return Tables(transform, scale)


def conditions_of(sample: Sample) -> Conditions:
    """Incident particles of the showers of a sample."""
    columns = (sample.energy, sample.theta, sample.phi)
    return Conditions(*(column.numpy().astype(np.float64) for column in columns))


def cell_weights(samples: Sequence[Sample]) -> Tensor:
    """Weights of the loss for each ring and layer, (R, 1, Z), mean 1: more where more energy is.

    Half of the weight is flat, the other half goes with the root of the mean fraction of the energy.
    """
    fractions = [s.showers.sum(dim=2).mean(dim=0) for s in samples]
    mean_fraction = torch.stack([one / one.sum() for one in fractions]).mean(dim=0)
    weights = 0.5 + 0.5 * (mean_fraction / mean_fraction.mean()).sqrt()
    return (weights / weights.mean())[:, None, :]


class TrainingSet:
    """All detectors together; every batch has equally many showers of each.

    Args:
        samples: of all detectors.
        tables: fitted to the training showers.
    """

    def __init__(self, samples: Sequence[Sample], tables: Tables) -> None:
        self.samples, self.tables = samples, tables
        self.cell_weights = cell_weights(samples)
        self.device = torch.device("cpu")

    def __len__(self) -> int:
        return sum(len(s.energy) for s in self.samples)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """A random augmented batch; ``size`` must be a multiple of the number of detectors."""
        each = size // len(self.samples)
        xs, encoded = [], []
        for sample in self.samples:
            index = torch.randint(len(sample.energy), (each,), generator=generator)
            showers, conditions = augmented(sample, index, generator)
            told = self.tables.scale.standardised(sums_of(showers), conditions.energy, sample.slot)
            rows = np.concatenate([encode(conditions, sample.slot), told], axis=1)
            slot = torch.full((each,), sample.slot)
            xs.append(
                self.tables.transform.normalise(
                    torch.from_numpy(showers), sample.energy[index], slot
                )
            )
            encoded.append(torch.from_numpy(rows))
        return Batch(torch.cat(xs), torch.cat(encoded))
