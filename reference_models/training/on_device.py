"""The training sample on a GPU, with batches drawn there.

The formulas are those of :class:`~.dataset.TrainingSet`, in torch. Nothing in a batch waits for the CPU, so
that a whole step can be captured as one CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reference_models.marginals.scale import SumsScale
from reference_models.marginals.sums import EMPTY_MEV, LOG_OFFSET_MEV, positions
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import (
    PIVOT_MEV,
    ShowerTransform,
    encode_conditions,
)
from reference_models.network.symmetry import augment
from reference_models.training.dataset import (
    Batch,
    Batches,
    Sample,
    Tables,
    TrainingSet,
    cell_weights,
)

__all__ = ["DeviceSet", "batches_on"]


def batches_on(device: torch.device, samples: Sequence[Sample], tables: Tables) -> Batches:
    """Batches of training showers: drawn by numpy on the CPU, by torch on any other device."""
    if device.type == "cpu":
        return TrainingSet(samples, tables)
    return DeviceSet(samples, tables, device)


@dataclass(frozen=True)
class _Scale:
    """Of the marginals that the network is told, for one detector, float64 (K,) each."""

    mean: Tensor
    slope: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, scale: SumsScale, slot: int, device: torch.device) -> _Scale:
        tables = (scale.mean, scale.slope, scale.deviation)
        return cls(*(torch.from_numpy(table[slot]).double().to(device) for table in tables))


class DeviceSet:
    """All detectors together; every batch has equally many showers of each.

    Args:
        samples: of all detectors.
        tables: fitted to the training showers.
        device: where showers are kept and batches made.
    """

    def __init__(self, samples: Sequence[Sample], tables: Tables, device: torch.device) -> None:
        self.device = device
        self.cell_weights = cell_weights(samples).to(device)
        self._samples = [_moved(sample, device) for sample in samples]
        transform = tables.transform
        self._transform: ShowerTransform = replace(
            transform,
            mean=transform.mean.to(device),
            slope=transform.slope.to(device),
            scale=transform.scale.to(device),
        )
        self._scales = [_Scale.of(tables.scale, sample.slot, device) for sample in samples]
        n_r, n_phi = samples[0].showers.shape[1:3]
        self._positions = torch.from_numpy(positions(n_r, n_phi)).to(device)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """A random augmented batch; ``size`` must be a multiple of the number of detectors."""
        each = size // len(self._samples)
        parts = [
            self._of(sample, scale, each, generator)
            for sample, scale in zip(self._samples, self._scales, strict=True)
        ]
        return Batch(torch.cat([p.x for p in parts]), torch.cat([p.conditions for p in parts]))

    def _of(self, sample: Sample, scale: _Scale, n: int, generator: torch.Generator) -> Batch:
        index = torch.randint(
            len(sample.energy), (n,), generator=generator, device=generator.device
        ).to(self.device)
        energy = sample.energy[index]
        showers, theta, phi = augment(
            sample.showers[index],
            sample.theta[index],
            sample.phi[index],
            sample.symmetry,
            generator,
        )
        slot = torch.full((n,), sample.slot, device=self.device)
        log_energy = (energy.double() / PIVOT_MEV).log()[:, None]
        centre = scale.mean + scale.slope * log_energy
        told = (self._logarithms(showers) - centre) / scale.deviation * SIGMA_DATA
        encoded = encode_conditions(energy, theta, phi, slot)
        return Batch(
            self._transform.normalise(showers, energy, slot),
            torch.cat([encoded, told.float()], dim=1),
        )

    def _logarithms(self, showers: Tensor) -> Tensor:
        """As those of :class:`reference_models.marginals.sums.Sums`, (N, Z + R + 2)."""
        layers = showers.sum(dim=(1, 2), dtype=torch.float64)
        r_phi = showers.sum(dim=3, dtype=torch.float64)
        rings = r_phi.sum(dim=2)
        total = rings.sum(dim=1, keepdim=True).clamp(min=EMPTY_MEV)
        centre = (r_phi[:, None] * self._positions).sum(dim=(2, 3)) / total
        logs = ((part + LOG_OFFSET_MEV).log() for part in (layers, rings))
        return torch.cat([*logs, centre], dim=1)


def _moved(sample: Sample, device: torch.device) -> Sample:
    columns = ("showers", "energy", "theta", "phi")
    return replace(sample, **{name: getattr(sample, name).to(device) for name in columns})
