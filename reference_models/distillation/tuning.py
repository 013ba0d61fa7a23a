"""Consistency tuning of a trained denoiser (Geng et al., arXiv:2406.14548).

The target is the network itself, without gradient, on the same shower with the same noise at a lower level.
The distance of the two levels shrinks during training, from denoising to consistency; there is no teacher.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.distillation.consistency import huber_distances
from reference_models.network.preconditioning import (
    SIGMA_MAX,
    SIGMA_MIN,
    Denoiser,
    sample_sigma,
)
from reference_models.training.dataset import Batches
from reference_models.training.step import Loss

__all__ = ["lower_level", "tuning_loss"]

# Of ln t.
_P_MEAN, _P_STD = -1.1, 2.0
# Below, t and the boundary of the consistency function would be one.
_MIN_LEVEL = 2 * SIGMA_MIN


def lower_level(level: Tensor, stage: int) -> Tensor:
    """Level of the target: r = t (1 - (1 + 8 sigmoid(-t)) / 2^(stage + 1)), at least sigma_min.

    Args:
        level: t.
        stage: how often the distance was halved.
    """
    fraction = (1 + 8 * torch.sigmoid(-level)) / 2 ** (stage + 1)
    lower: Tensor = (level * (1 - fraction)).clamp(min=SIGMA_MIN)
    return lower


def tuning_loss(data: Batches, batch_size: int, stage: Callable[[], int]) -> Loss:
    """Distance of the network's results at two levels, divided by the distance of the levels.

    The first is :func:`~.consistency.huber_distances`.

    Args:
        data: training sample.
        batch_size: showers per batch.
        stage: of the present step, see :func:`lower_level`.
    """

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        batch = data.batch(batch_size, generator)
        high = sample_sigma(batch_size, generator, _P_MEAN, _P_STD).clamp(_MIN_LEVEL, SIGMA_MAX)
        low = lower_level(high, stage())
        noise = torch.randn(batch.x.shape, generator=generator, device=generator.device).to(device)
        x, conditions = batch.x.to(device), batch.conditions.to(device)
        high, low = high.to(device), low.to(device)
        function = Denoiser(network, SIGMA_MIN)
        with torch.no_grad():
            target = function(x + low.view(-1, 1, 1, 1) * noise, low, conditions)
        result = function(x + high.view(-1, 1, 1, 1) * noise, high, conditions)
        mean: Tensor = (huber_distances(result - target) / (high - low)).mean()
        return mean

    return loss
