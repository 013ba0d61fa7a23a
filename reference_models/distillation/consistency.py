"""Consistency distillation of a trained denoiser (Song et al., arXiv:2303.01469, algorithm 2)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from reference_models.network.dit import DiT
from reference_models.network.preconditioning import SIGMA_DATA, SIGMA_MIN, Denoiser
from reference_models.samplers.schedule import karras_sigmas
from reference_models.training.dataset import TrainingSet
from reference_models.training.trainer import Loss

__all__ = ["consistency_loss", "teacher_step"]


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


def consistency_loss(
    data: TrainingSet,
    batch_size: int,
    intervals: int,
    teacher: DiT,
    target: Callable[[], DiT],
) -> Loss:
    """Distance between the student at one noise level and its average one teacher step below.

    The loss is squared, as in CaloDiT, and in units of the data's variance.

    Args:
        data: training sample.
        batch_size: showers a batch.
        intervals: sub-intervals of the Karras noise levels from sigma_max to sigma_min.
        teacher: network of the trained denoiser.
        target: gives the slowly moving average of the student.
    """
    teacher_denoiser = Denoiser(teacher)
    levels = karras_sigmas(intervals + 1)[:-1].float()

    def loss(network: DiT, generator: torch.Generator) -> Tensor:
        batch = data.batch(batch_size, generator)
        index = torch.randint(intervals, (batch_size,), generator=generator)
        high, low = levels[index], levels[index + 1]
        noise = torch.randn(batch.x.shape, generator=generator)
        noisy = batch.x + high.view(-1, 1, 1, 1) * noise
        with torch.no_grad():
            closer = teacher_step(teacher_denoiser, noisy, high, low, batch.conditions)
            goal = Denoiser(target(), SIGMA_MIN)(closer, low, batch.conditions)
        student = Denoiser(network, SIGMA_MIN)(noisy, high, batch.conditions)
        distance: Tensor = (student - goal).square().mean() / SIGMA_DATA**2
        return distance

    return loss
