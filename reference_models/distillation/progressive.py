"""Progressive distillation: one step of the student is two of the teacher.

Salimans and Ho, arXiv:2202.00512, algorithm 2, in the parameterisation of EDM, where the network predicts the
denoised shower.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.network.preconditioning import SIGMA_DATA, Denoiser, scalings
from reference_models.network.pruning import Example
from reference_models.samplers.schedule import nested_sigmas
from reference_models.training.dataset import Batch, Batches
from reference_models.training.step import Loss

__all__ = ["example_at", "halving_loss", "halving_target"]


def halving_target(
    teacher: Denoiser, x: Tensor, levels: tuple[Tensor, Tensor, Tensor], conditions: Tensor
) -> Tensor:
    """Denoised shower from which one DDIM step goes where two steps of the teacher go, as ``x``.

    Args:
        teacher: the teacher.
        x: noisy showers, (B, R, PHI, Z).
        levels: noise levels before, between and after the two steps, (B,) each; the last may be 0.
        conditions: encoded, (B, C).
    """
    high, between, low = (level.view(-1, 1, 1, 1) for level in levels)
    denoised = teacher(x, levels[0], conditions)
    middle = denoised + between / high * (x - denoised)
    denoised = teacher(middle, levels[1], conditions)
    end = denoised + low / between * (middle - denoised)
    target: Tensor = (end - low / high * x) / (1 - low / high)
    return target


def halving_loss(data: Batches, batch_size: int, steps: int, teacher: nn.Module) -> Loss:
    """Weighted error of the student's denoised showers against :func:`halving_target`.

    The weight is that of EDM, 1 / c_out^2: the "SNR + 1" of the paper in units of the data's variance.

    Args:
        data: training sample.
        batch_size: showers per batch.
        steps: of the student; the teacher takes twice as many.
        teacher: network of the teacher.
    """
    denoiser = Denoiser(teacher)
    levels = nested_sigmas(2 * steps).float().to(data.device)

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        batch = data.batch(batch_size, generator)
        first = 2 * torch.randint(
            steps, (batch_size,), generator=generator, device=generator.device
        )
        sigma, between, low = (levels[(first + k).to(data.device)].to(device) for k in range(3))
        noise = torch.randn(batch.x.shape, generator=generator, device=generator.device).to(device)
        x = batch.x.to(device) + sigma.view(-1, 1, 1, 1) * noise
        conditions = batch.conditions.to(device)
        with torch.no_grad():
            target = halving_target(denoiser, x, (sigma, between, low), conditions)
        squares = (Denoiser(network)(x, sigma, conditions) - target).square()
        errors = (squares * data.cell_weights.to(device)).mean(dim=(1, 2, 3))
        weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
        mean: Tensor = (weight * errors).mean()
        return mean

    return loss


def example_at(batch: Batch, sigma: Tensor, generator: torch.Generator) -> Example:
    """Showers as a student is given them, for :func:`reference_models.network.pruning.pruned`.

    Args:
        batch: B training showers.
        sigma: their noise levels, (B,).
        generator: source of the noise.
    """
    noise = torch.randn(batch.x.shape, generator=generator)
    column = sigma.view(-1, 1, 1, 1)
    _, _, total = scalings(column, None)
    return Example((batch.x + column * noise) / total, sigma.log() / 4, batch.conditions)
