"""Training of the marginals: vectors of augmented showers, and the EDM loss on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from reference_models.inference.arrays import encode
from reference_models.marginals.model import Standard, fit_standard, to_vector
from reference_models.marginals.sums import sums_of
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

    Args:
        samples: of all detectors.
        standard: fitted to the training showers.
    """

    def __init__(self, samples: Sequence[Sample], standard: Standard) -> None:
        self.samples, self.standard = samples, standard

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Standardised vectors (B, K) with encoded conditions; ``size`` is shared by the detectors."""
        each = size // len(self.samples)
        xs, encoded = [], []
        for sample in self.samples:
            index = torch.randint(len(sample.energy), (each,), generator=generator)
            showers, conditions = augmented(sample, index, generator)
            vector = to_vector(sums_of(showers), conditions.energy)
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
        batch = data.batch(batch_size, generator)
        sigma = sample_sigma(len(batch.x), generator, _P_MEAN, _P_STD)
        noise = torch.randn(batch.x.shape, generator=generator)
        denoised = network(batch.x + sigma[:, None] * noise, sigma, batch.conditions)
        weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
        mean: Tensor = (weight[:, None] * (denoised - batch.x).square()).mean()
        return mean

    return loss
