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

from calobench.errors import ModelError, SpecError
from reference_models.devices import device_of
from reference_models.training.checkpoint import CheckpointStore, require_same, write_log
from reference_models.training.processes import ALONE, Processes
from reference_models.training.schedule import Schedule, Stopping
from reference_models.training.step import CapturedStep, EagerStep, Loss, Precision

__all__ = [
    "Ema",
    "Loss",
    "Trainer",
    "TrainingState",
    "fixed_validation",
]


class Ema:
    """Exponential moving average of a network, warmed up as min(decay, (1 + t) / (10 + t))."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards ``network`` after optimiser step ``step``."""
        decay = min(self.decay, (1 + step) / (10 + step))
        means: list[Tensor] = list(self.network.parameters())
        current: list[Tensor] = list(network.parameters())
        # All tensors in one call: on a GPU one kernel each would take as long as a step.
        torch._foreach_lerp_(means, current, 1 - decay)


@dataclass
class TrainingState:
    """Content of a checkpoint besides tensors.

    Attributes:
        step: optimiser steps done.
        showers_seen: by all processes together.
        wall_s: time spent.
        window: sum and number of the training losses since the last entry of the curve.
        best_loss: smallest validation loss so far.
        best_step: where it was.
    """

    step: int = 0
    showers_seen: int = 0
    wall_s: float = 0.0
    window: tuple[float, int] = (0.0, 0)
    best_loss: float = math.inf
    best_step: int = 0


_TO_THE_END = Stopping()


class Trainer:
    """Runs optimiser steps of one loss and keeps everything that a resumption needs.

    Killed at any moment and resumed, it has the same curve.

    Args:
        network: the network to train, on the device where it shall be.
        loss: what to minimise.
        schedule: learning rate and number of steps.
        batch_size: showers per step of this process (for the count only).
        store: where checkpoints go.
        ema_decay: decay of the moving average that is kept as the result.
        validate: ``network -> loss`` on held-out showers, always with the same noise.
        seed: seeds batches, noise and augmentation.
        target: a second, faster average that the loss uses (consistency distillation).
        configuration: all that the result depends on; a checkpoint of another one is not resumed.
        stopping: see :class:`Stopping`.
        processes: of this training.
        precision: of the network in training; averages are judged in float32.
        captured: the step is one CUDA graph, see :class:`~.step.CapturedStep`.
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
        configuration: str = "",
        stopping: Stopping = _TO_THE_END,
        processes: Processes = ALONE,
        precision: Precision = None,
        captured: bool = False,
    ) -> None:
        self.network, self.schedule = network, schedule
        self.batch_size, self.store, self.validate = batch_size, store, validate
        self.ema, self.target = Ema(network, ema_decay), target
        self.best: dict[str, Tensor] | None = None
        self.configuration, self.stopping, self.processes = configuration, stopping, processes
        place = device_of(network) if captured else "cpu"
        self.generator = torch.Generator(place).manual_seed(seed + processes.rank)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=schedule.rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        kind = CapturedStep if captured else EagerStep
        self._update = kind(network, loss, self.optimizer, self.generator, processes, precision)
        self.state = TrainingState()
        self.curve: list[tuple[int, float, float]] = []
        """(step, training loss since the last entry, validation loss of the average)."""

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        Raises:
            SpecError: it was made with another configuration, or by another number of processes.
        """
        saved = self._restored_result()
        if saved is None:
            return False
        if len(saved["generators"]) != self.processes.count:
            raise SpecError(
                f"{self.store.path} is of a training by {len(saved['generators'])} processes, not "
                f"{self.processes.count}; start as many, or give another 'output'"
            )
        self.network.load_state_dict(saved["network"])
        if self.target is not None:
            self.target.network.load_state_dict(saved["target"])
        self.optimizer.load_state_dict(saved["optimizer"])
        try:
            self.generator.set_state(saved["generators"][self.processes.rank])
        except RuntimeError as error:
            raise SpecError(
                f"{self.store.path} is of a training on another kind of device; continue it there, or give "
                "another 'output'"
            ) from error
        torch.set_rng_state(saved["dropout"][self.processes.rank])
        return True

    def restore_result(self) -> bool:
        """Load what :meth:`result` and the card need from the newest checkpoint; False if there is none.

        The training may have been on another device, and by any number of processes.

        Raises:
            SpecError: it was made with another configuration.
        """
        return self._restored_result() is not None

    def _restored_result(self) -> dict[str, Any] | None:
        saved = self.store.load()
        if saved is None:
            return None
        require_same(saved["configuration"], self.configuration, self.store.path)
        try:
            self.ema.network.load_state_dict(saved["ema"])
        except RuntimeError as error:
            raise SpecError(
                f"{self.store.path} is of a network of another architecture; restore the weights that the "
                "training started from, or give another 'output'"
            ) from error
        self.best = saved["best"]
        self.state = TrainingState(**saved["state"])
        self.curve = [(int(s), float(t), float(v)) for s, t, v in saved["curve"]]
        return saved

    def checkpoint(self) -> None:
        """Write everything atomically, and the curve as ``log.csv`` beside it; the first process does."""
        generators = self.processes.gathered(self.generator.get_state())
        dropout = self.processes.gathered(torch.get_rng_state())
        if self.processes.rank > 0:
            return
        contents: dict[str, Any] = {
            "network": self.network.state_dict(),
            "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generators": generators,
            "dropout": dropout,
            "best": self.best,
            "state": vars(self.state),
            "curve": self.curve,
            "configuration": self.configuration,
        }
        if self.target is not None:
            contents["target"] = self.target.network.state_dict()
        self.store.save(contents)
        write_log(self.store.path.with_name("log.csv"), self.curve)

    @property
    def finished(self) -> bool:
        """All steps are done, or the validation loss has not fallen for too long."""
        patience = self.stopping.patience
        since = self.state.step - self.state.best_step
        late = patience is not None and since >= patience * self.stopping.curve_every
        return self.state.step >= self.schedule.steps or (late and self.state.best_step > 0)

    def result(self) -> nn.Module:
        """The averaged network: the last, or with ``patience`` the one of the smallest validation loss."""
        chosen = copy.deepcopy(self.ema.network)
        if self.best is not None:
            chosen.load_state_dict(self.best)
        return chosen

    def run(
        self, report: Callable[[TrainingState, float], None], checkpoint_every_s: float = 60.0
    ) -> None:
        """Train until the end; ``report`` gets the state and loss after every step.

        Raises:
            ModelError: the loss is no number any more; the checkpoint before is kept.
        """
        started = last_saved = time.monotonic()
        before = self.state.wall_s
        while not self.finished:
            loss = self._step()
            self.state.wall_s = before + time.monotonic() - started
            if self.state.step % self.stopping.curve_every == 0:
                self._extend_curve()
            report(self.state, loss)
            if self.processes.agreed(time.monotonic() - last_saved > checkpoint_every_s):
                self.checkpoint()
                last_saved = time.monotonic()
        self.checkpoint()

    def _step(self) -> float:
        loss, norm = self._update(self.schedule.at(self.state.step))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise ModelError(
                f"the loss is no number after step {self.state.step}: lower optimizer.rate, or check the "
                "showers and the weights that the training started from"
            )
        self.state.step += 1
        self.state.showers_seen += self.batch_size * self.processes.count
        self.ema.update(self.network, self.state.step)
        if self.target is not None:
            self.target.update(self.network, self.state.step)
        total, number = self.state.window
        self.state.window = (total + loss, number + 1)
        return loss

    def _extend_curve(self) -> None:
        total, number = self.state.window
        valid = self.validate(self.ema.network)
        self.curve.append((self.state.step, total / number, valid))
        self.state.window = (0.0, 0)
        if valid < self.state.best_loss:
            self.state.best_loss, self.state.best_step = valid, self.state.step
            if self.stopping.patience is not None:
                self.best = {k: t.clone() for k, t in self.ema.network.state_dict().items()}


def fixed_validation(loss: Loss, batches: int = 4) -> Callable[[nn.Module], float]:
    """``network -> mean loss`` over the same batches and noise at every call."""

    @torch.no_grad()
    def validate(network: nn.Module) -> float:
        generator = torch.Generator().manual_seed(0)
        return sum(float(loss(network, generator)) for _ in range(batches)) / batches

    return validate
