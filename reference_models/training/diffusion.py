"""The loss of the shape network in training: EDM (Karras et al., arXiv:2206.00364)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.network.preconditioning import Denoiser, edm_loss, sample_sigma
from reference_models.training.dataset import Batches
from reference_models.training.step import Loss

__all__ = ["diffusion_loss"]


def diffusion_loss(data: Batches, batch_size: int) -> Loss:
    """The EDM loss on random augmented batches of ``data``."""

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        batch = data.batch(batch_size, generator)
        sigma = sample_sigma(batch_size, generator).to(device)
        noise = torch.randn(batch.x.shape, generator=generator, device=generator.device).to(device)
        x, conditions, weights = (
            t.to(device) for t in (batch.x, batch.conditions, data.cell_weights)
        )
        return edm_loss(Denoiser(network), x, sigma, noise, conditions, weights).mean()

    return loss
