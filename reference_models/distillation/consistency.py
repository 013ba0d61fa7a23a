"""Consistency distillation of a trained denoiser (Song et al., arXiv:2303.01469, algorithm 2)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.network.preconditioning import SIGMA_DATA, SIGMA_MIN, Denoiser
from reference_models.samplers.schedule import karras_sigmas
from reference_models.training.dataset import Batches
from reference_models.training.step import Loss

__all__ = ["consistency_loss", "huber_distances", "pseudo_huber", "teacher_step"]


def teacher_step(
    teacher: Denoiser, x: Tensor, high: Tensor, low: Tensor, conditions: Tensor
) -> Tensor:
    """One Heun step of the probability-flow ODE from ``high`` to ``low``, both (B,)."""
    a, b = high.view(-1, 1, 1, 1), low.view(-1, 1, 1, 1)
    slope = (x - teacher(x, high, conditions)) / a
    euler = x + (b - a) * slope
    second = (euler - teacher(euler, low, conditions)) / b
    closer: Tensor = x + (b - a) * (slope + second) / 2
    return closer


def huber_distances(difference: Tensor) -> Tensor:
    """Pseudo-Huber distances of showers, (B, ...) -> (B,), in units of the data's deviation.

    sqrt(|d|^2 + c^2) - c with c = 0.00054 sqrt(n) for n cells (Song and Dhariwal, arXiv:2310.14189, eq. 8).
    """
    root = math.sqrt(difference[0].numel())
    c = 0.00054 * root
    distances = (difference.flatten(1).square().sum(dim=1) + c**2).sqrt() - c
    return distances / (root * SIGMA_DATA)


def pseudo_huber(difference: Tensor) -> Tensor:
    """Mean of :func:`huber_distances`, a scalar."""
    return huber_distances(difference).mean()


def consistency_loss(
    data: Batches,
    batch_size: int,
    intervals: int,
    teacher: nn.Module,
    target: Callable[[], nn.Module],
) -> Loss:
    """Distance between the student at one noise level and its average one teacher step below.

    The distance is :func:`pseudo_huber`.

    Args:
        data: training sample.
        batch_size: showers per batch.
        intervals: sub-intervals of the Karras noise levels from sigma_max to sigma_min.
        teacher: network of the trained denoiser.
        target: gives the slowly moving average of the student.
    """
    teacher_denoiser = Denoiser(teacher)
    levels = karras_sigmas(intervals + 1)[:-1].float().to(data.device)

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        device = device_of(network)
        batch = data.batch(batch_size, generator)
        index = torch.randint(
            intervals, (batch_size,), generator=generator, device=generator.device
        )
        high, low = (levels[(index + k).to(data.device)].to(device) for k in range(2))
        noise = torch.randn(batch.x.shape, generator=generator, device=generator.device).to(device)
        noisy = batch.x.to(device) + high.view(-1, 1, 1, 1) * noise
        conditions = batch.conditions.to(device)
        with torch.no_grad():
            closer = teacher_step(teacher_denoiser, noisy, high, low, conditions)
            goal = Denoiser(target(), SIGMA_MIN)(closer, low, conditions)
        student = Denoiser(network, SIGMA_MIN)(noisy, high, conditions)
        return pseudo_huber(student - goal)

    return loss
