"""Training of the marginals: vectors of augmented showers, and the EDM loss on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.inference.arrays import encode
from reference_models.marginals.model import Standard, fit_standard, to_vector
from reference_models.marginals.sums import sums_of, sums_of_projections
from reference_models.network.preconditioning import SIGMA_DATA, sample_sigma
from reference_models.training.dataset import Batch, Sample, augmented, conditions_of

__all__ = ["MarginalsSet", "fit_vectors", "marginals_loss"]

# Of ln sigma: a vector needs noise levels a little higher than showers do.
_P_MEAN, _P_STD = -1.0, 1.4


def fit_vectors(samples: Sequence[Sample]) -> Standard:
    """Standardisation of the vectors of the training showers."""
    vectors = {}
    for sample in samples:
        conditions = conditions_of(sample)
        vectors[sample.slot] = (
            to_vector(sums_of(sample.showers.numpy()), conditions.energy),
            conditions,
        )
    return fit_standard(vectors)


class MarginalsSet:
    """Vectors of all detectors, each shower anew in one of its equivalent orientations.

    An orientation permutes the azimuth: layers and rings stay, and the centre of gravity needs no more of a
    shower than its energy per ring and azimuth. These projections are all that is kept.

    Args:
        samples: of all detectors.
        standard: fitted to the training showers.
    """

    def __init__(self, samples: Sequence[Sample], standard: Standard) -> None:
        self.samples, self.standard = samples, standard
        self._layers = [s.showers.numpy().sum(axis=(1, 2), dtype=np.float64) for s in samples]
        self._r_phi = [
            torch.from_numpy(s.showers.numpy().sum(axis=3, keepdims=True, dtype=np.float64))
            for s in samples
        ]

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Standardised vectors (B, K) with encoded conditions; ``size`` is shared by the detectors."""
        each = size // len(self.samples)
        xs, encoded = [], []
        for sample, layers, r_phi in zip(self.samples, self._layers, self._r_phi, strict=True):
            index = torch.randint(len(sample.energy), (each,), generator=generator)
            turned, conditions = augmented(sample, index, generator, r_phi)
            sums = sums_of_projections(layers[index.numpy()], turned[..., 0].astype(np.float64))
            vector = to_vector(sums, conditions.energy)
            xs.append(self.standard.normalised(vector, conditions, sample.slot))
            encoded.append(encode(conditions, sample.slot))
        return Batch(
            torch.from_numpy(np.concatenate(xs)).float(), torch.from_numpy(np.concatenate(encoded))
        )


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
