"""Training of the EDM denoiser: resumable, with an exponential moving average of the weights."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reference_models.network.preconditioning import Denoiser, edm_loss, sample_sigma
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.dataset import TrainingSet

__all__ = [
    "Ema",
    "Loss",
    "Schedule",
    "Trainer",
    "TrainingState",
    "diffusion_loss",
    "fixed_validation",
]


Loss = Callable[[nn.Module, torch.Generator], Tensor]
"""``(network, generator) -> mean loss`` of one new random batch."""


class Ema:
    """Exponential moving average of a network, warmed up as min(decay, (1 + t) / (10 + t))."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards ``network`` after optimiser step ``step``."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, current in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(current, 1 - decay)


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear warm-up, constant, then cosine to zero over the last ``decay`` steps."""

    rate: float
    warm_up: int
    steps: int
    decay: int

    def at(self, step: int) -> float:
        """Rate of optimiser step ``step`` (counted from 0)."""
        warm = min(1.0, (step + 1) / max(1, self.warm_up))
        left = max(0, self.steps - step) / max(1, self.decay)
        return self.rate * warm * (0.5 - 0.5 * math.cos(math.pi * min(1.0, left)))


@dataclass
class TrainingState:
    """What a checkpoint holds besides tensors."""

    step: int = 0
    showers_seen: int = 0
    wall_s: float = 0.0


class Trainer:
    """Runs optimiser steps of one loss and keeps everything that a resumption needs.

    Args:
        network: the network to train.
        loss: what to minimise.
        schedule: learning rate and number of steps.
        batch_size: showers a step (for the count only).
        store: where checkpoints go.
        ema_decay: decay of the moving average that is kept as the result.
        validate: ``network -> loss`` on held-out showers, always with the same noise.
        seed: seeds batches, noise and augmentation.
        target: a second, faster average that the loss uses (consistency distillation).
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        schedule: Schedule,
        batch_size: int,
        store: CheckpointStore,
        ema_decay: float,
        validate: Callable[[nn.Module], float],
        seed: int,
        target: Ema | None = None,
    ) -> None:
        self.network, self.loss, self.schedule = network, loss, schedule
        self.batch_size, self.store, self.validate = batch_size, store, validate
        self.ema, self.target = Ema(network, ema_decay), target
        self.generator = torch.Generator().manual_seed(seed)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=schedule.rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.state = TrainingState()
        self.curve: list[tuple[int, float, float]] = []
        """(step, training loss since the last entry, validation loss of the average)."""

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False if there is none."""
        saved = self.store.load()
        if saved is None:
            return False
        self.network.load_state_dict(saved["network"])
        self.ema.network.load_state_dict(saved["ema"])
        if self.target is not None:
            self.target.network.load_state_dict(saved["target"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.generator.set_state(saved["generator"])
        self.state = TrainingState(**saved["state"])
        self.curve = [(int(s), float(t), float(v)) for s, t, v in saved["curve"]]
        return True

    def checkpoint(self) -> None:
        """Write everything atomically."""
        contents: dict[str, Any] = {
            "network": self.network.state_dict(),
            "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "state": vars(self.state),
            "curve": self.curve,
        }
        if self.target is not None:
            contents["target"] = self.target.network.state_dict()
        self.store.save(contents)

    def run(
        self,
        report: Callable[[TrainingState, float], None],
        checkpoint_every_s: float = 60.0,
        curve_every: int = 200,
    ) -> None:
        """Train until the schedule ends; ``report`` gets the state and loss after every step."""
        started = last_saved = time.monotonic()
        before = self.state.wall_s
        window: list[float] = []
        while self.state.step < self.schedule.steps:
            for group in self.optimizer.param_groups:
                group["lr"] = self.schedule.at(self.state.step)
            loss = self.loss(self.network, self.generator)
            self.optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimizer.step()
            self.state.step += 1
            self.state.showers_seen += self.batch_size
            self.state.wall_s = before + time.monotonic() - started
            self.ema.update(self.network, self.state.step)
            if self.target is not None:
                self.target.update(self.network, self.state.step)
            window.append(loss.item())
            if self.state.step % curve_every == 0:
                valid = self.validate(self.ema.network)
                self.curve.append((self.state.step, sum(window) / len(window), valid))
                window = []
            report(self.state, window[-1] if window else self.curve[-1][1])
            if time.monotonic() - last_saved > checkpoint_every_s:
                self.checkpoint()
                last_saved = time.monotonic()
        self.checkpoint()


def diffusion_loss(data: TrainingSet, batch_size: int) -> Loss:
    """The EDM loss on random augmented batches of ``data``."""

    def loss(network: nn.Module, generator: torch.Generator) -> Tensor:
        batch = data.batch(batch_size, generator)
        sigma = sample_sigma(batch_size, generator)
        noise = torch.randn(batch.x.shape, generator=generator)
        return edm_loss(
            Denoiser(network), batch.x, sigma, noise, batch.conditions, data.cell_weights
        ).mean()

    return loss


def fixed_validation(loss: Loss, batches: int = 4) -> Callable[[nn.Module], float]:
    """``network -> mean loss`` over the same batches and noise at every call."""

    @torch.no_grad()
    def validate(network: nn.Module) -> float:
        generator = torch.Generator().manual_seed(0)
        return sum(float(loss(network, generator)) for _ in range(batches)) / batches

    return validate
