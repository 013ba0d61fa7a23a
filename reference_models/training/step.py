"""One optimiser step: loss, gradients, clipping and update; on a GPU captured as one CUDA graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from reference_models.devices import device_of
from reference_models.training.processes import Processes

__all__ = ["CapturedStep", "EagerStep", "Loss", "Precision", "Snapshot", "in_precision"]

Loss = Callable[[nn.Module, torch.Generator], Tensor]
"""``(network, generator) -> mean loss`` of one new random batch."""
Precision = Literal["bf16"] | None
"""Of the evaluations of a network; None: float32."""

_MAX_NORM = 1.0
# Before a capture, in which nothing may be allocated for the first time.
_WARM_UP = 3
_CAPTURABLE = True


def in_precision(network: nn.Module, precision: Precision) -> nn.Module:
    """The network, evaluated in a precision; its parameters and its result stay float32."""
    return _Bf16(network) if precision == "bf16" else network


class _Bf16(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> Tensor:
        kind = device_of(self.network).type
        # Copies of weights must not be kept: a captured step would never see new ones.
        with torch.autocast(kind, torch.bfloat16, cache_enabled=False):
            result: Tensor = self.network(*inputs)
        return result.float()


class EagerStep:
    """A step as PyTorch runs it, operation by operation.

    Args:
        network: what is trained.
        loss: what is minimised.
        optimizer: of the network.
        generator: source of randomness.
        processes: that train together.
        precision: of the network.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        processes: Processes,
        precision: Precision = None,
    ) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self._loss, self._processes = loss, processes
        self._evaluated = in_precision(network, precision)

    def __call__(self, rate: float) -> tuple[float, float]:
        """Loss and norm of the gradient; where one is no number, the network stays as it was.

        Args:
            rate: of learning.
        """
        self._set(rate)
        loss, norm = (float(value) for value in self._gradients())
        if math.isfinite(loss) and math.isfinite(norm):
            self.optimizer.step()
        return loss, norm

    def _set(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _gradients(self) -> tuple[Tensor, Tensor]:
        loss = self._loss(self._evaluated, self.generator)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._processes.average_gradients(self.network)
        return loss.detach(), nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_NORM)


class CapturedStep(EagerStep):
    """The same as one CUDA graph, which is captured at the first call: launching it takes no time.

    Batches must be drawn on the device, by a generator of it, and the loss must do the same at every step. A
    step whose loss is no number has already changed the network when it is noticed.
    """

    _graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, rate: float) -> tuple[float, float]:
        """See :class:`EagerStep`."""
        graph = self._graph or self._capture()
        self._rate.fill_(rate)
        graph.replay()
        return float(self._result[0]), float(self._result[1])

    def _whole(self) -> tuple[Tensor, Tensor]:
        loss, norm = self._gradients()
        self.optimizer.step()
        return loss, norm

    def _capture(self) -> torch.cuda.CUDAGraph:
        device = device_of(self.network)
        # A rate in a tensor can change between replays.
        self._rate = torch.zeros((), device=device)
        for group in self.optimizer.param_groups:
            group["lr"], group["capturable"] = self._rate, _CAPTURABLE
        before = Snapshot(self.network, self.optimizer, self.generator)
        side = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP):
                self._whole()
        torch.cuda.current_stream(device).wait_stream(side)
        before.restore()
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.generator)
        with torch.cuda.graph(graph):
            self._result = self._whole()
        before.restore()
        self._graph = graph
        return graph


class Snapshot:
    """State of a network, its optimiser and a generator, restored in place: addresses stay.

    Args:
        network: the network.
        optimizer: of the network; entries that it makes after the snapshot become zero.
        generator: the generator.
    """

    def __init__(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator
    ) -> None:
        self._network, self._optimizer, self._generator = network, optimizer, generator
        self._parameters = [p.detach().clone() for p in network.parameters()]
        self._moments: dict[Any, dict[str, Tensor]] = {
            parameter: {name: t.clone() for name, t in state.items() if isinstance(t, Tensor)}
            for parameter, state in optimizer.state.items()
        }
        self._random = generator.get_state()

    @torch.no_grad()
    def restore(self) -> None:
        """Everything as it was."""
        for parameter, before in zip(self._network.parameters(), self._parameters, strict=True):
            parameter.copy_(before)
        for key, state in self._optimizer.state.items():
            moments = self._moments.get(key, {})
            for name, tensor in state.items():
                if name in moments:
                    tensor.copy_(moments[name])
                elif isinstance(tensor, Tensor):
                    tensor.zero_()
        self._generator.set_state(self._random)
