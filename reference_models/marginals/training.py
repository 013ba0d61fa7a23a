"""Training of the marginals: vectors of augmented showers, and the EDM loss on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from calobench.showers import Conditions
from reference_models.devices import device_of
from reference_models.inference.arrays import encode
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import scheme_of_draws
from reference_models.marginals.standard import Standard
from reference_models.marginals.sums import sums_of_projections
from reference_models.marginals.vector import to_vector
from reference_models.network.preconditioning import SIGMA_DATA, sample_sigma, scalings
from reference_models.training.dataset import Batch, Sample, augmented

__all__ = ["MarginalsSet", "draws_loss", "marginals_loss", "vectors_of"]

# Of ln sigma: a vector needs noise levels a little higher than showers do.
_P_MEAN, _P_STD = -1.0, 1.4


# Of the teacher in a draw: then the student's error is its own.
_TEACHER_EVALUATIONS = 12

# Equivalent orientations in which each shower is seen.
_ORIENTATIONS = 8


def vectors_of(samples: Sequence[Sample]) -> dict[int, tuple[NDArray[np.float64], Conditions]]:
    """Vectors of the training showers with their conditions, by one-hot slot."""
    return {sample.slot: _vectors(sample) for sample in samples}


def _vectors(sample: Sample) -> tuple[NDArray[np.float64], Conditions]:
    """Vectors of the showers of one detector in some of their equivalent orientations, with conditions.

    An orientation permutes the azimuth: layers and rings stay, and the centre of gravity needs no more of a
    shower than its energy per ring and azimuth.
    """
    showers = sample.showers.numpy()
    r_phi = torch.from_numpy(showers.sum(axis=3, keepdims=True, dtype=np.float64))
    index = torch.arange(len(showers)).repeat(_ORIENTATIONS)
    turned, conditions = augmented(sample, index, torch.Generator().manual_seed(0), r_phi)
    layers = showers.sum(axis=(1, 2), dtype=np.float64)[index.numpy()]
    sums = sums_of_projections(layers, turned[..., 0].astype(np.float64))
    return to_vector(sums, conditions.energy), conditions


class MarginalsSet:
    """Standardised vectors of all detectors, each shower in some of its equivalent orientations.

    Args:
        samples: of all detectors.
        standard: fitted to the training showers.
    """

    def __init__(self, samples: Sequence[Sample], standard: Standard) -> None:
        self._xs, self._encoded = [], []
        for sample in samples:
            vector, conditions = _vectors(sample)
            normalised = standard.normalised(
                vector, conditions, sample.slot, np.random.default_rng(sample.slot)
            )
            self._xs.append(torch.from_numpy(normalised).float())
            self._encoded.append(torch.from_numpy(encode(conditions, sample.slot)))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Vectors (B, K) with encoded conditions; ``size`` is shared by the detectors."""
        each = size // len(self._xs)
        rows = [torch.randint(len(x), (each,), generator=generator) for x in self._xs]
        parts = (
            [table[i] for table, i in zip(of, rows, strict=True)]
            for of in (self._xs, self._encoded)
        )
        return Batch(*(torch.cat(part) for part in parts))


def marginals_loss(
    data: MarginalsSet, batch_size: int
) -> Callable[[nn.Module, torch.Generator], Tensor]:
    """``(network, generator) -> mean EDM loss`` of one new random batch of ``data``."""

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        batch = data.batch(batch_size, generator)
        sigma = sample_sigma(len(batch.x), generator, _P_MEAN, _P_STD).to(device)
        noise = torch.randn(batch.x.shape, generator=generator).to(device)
        x, conditions = batch.x.to(device), batch.conditions.to(device)
        denoised = network(x + sigma[:, None] * noise, sigma, conditions)
        weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
        mean: Tensor = (weight[:, None] * (denoised - x).square()).mean()
        return mean

    return loss


def draws_loss(
    data: MarginalsSet, batch_size: int, teacher: MarginalsNetwork, evaluations: int
) -> Callable[[nn.Module, torch.Generator], Tensor]:
    """Mean square difference of a student's draws from those that its teacher makes of the same noise.

    A draw is a smooth function of its noise and the particle, and of few enough numbers to be learnt as one:
    the student is taught the whole way, in units of the deviation of data.

    Args:
        data: gives the particles.
        batch_size: draws in a batch.
        teacher: a trained denoiser.
        evaluations: of the student in a draw.
    """

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        told = data.batch(batch_size, generator).conditions.to(device)
        noise = torch.randn(len(told), teacher.size, generator=generator).to(device)

        def drawn(denoise: nn.Module, count: int) -> Tensor:
            def raw(y: Tensor, sigma: float) -> Tensor:
                level = torch.full_like(y[:, 0], sigma)
                skip, out, total = scalings(level[:, None], None)
                value: Tensor = (denoise(y * total, level, told) - skip * y * total) / out
                return value

            return scheme_of_draws(count)(raw, noise)

        with torch.no_grad():
            meant = drawn(teacher, _TEACHER_EVALUATIONS)
        mean: Tensor = (drawn(network, evaluations) - meant).square().mean()
        return mean

    return loss
