"""Several processes that train one network: ``torchrun --nproc-per-node 2 -m reference_models train ...``.

Each process draws batches of its own; gradients are averaged, so that all have the same network.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import torch
import torch.distributed as dist
from torch import Tensor, nn

__all__ = ["ALONE", "Processes", "joined"]


@dataclass(frozen=True)
class Processes:
    """This process among those of a training.

    Attributes:
        rank: its number; the first one, 0, writes files.
        count: how many there are.
    """

    rank: int = 0
    count: int = 1

    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over all processes."""
        if self.count == 1:
            return
        for parameter in network.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.count

    def gathered(self, state: Tensor) -> list[Tensor]:
        """A state of every process, in order of rank."""
        if self.count == 1:
            return [state]
        place = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
        parts = [torch.empty_like(state, device=place) for _ in range(self.count)]
        dist.all_gather(parts, state.to(place))
        return [part.cpu() for part in parts]

    def agreed(self, mine: bool) -> bool:
        """The value of the first process, so that all do the same."""
        if self.count == 1:
            return mine
        place = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
        said = torch.tensor([mine], dtype=torch.uint8, device=place)
        dist.broadcast(said, 0)
        return bool(said.item())


ALONE = Processes()


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """The processes that ``torchrun`` started; one alone without it.

    Args:
        device: where the network is; CUDA talks by NCCL, the CPU by Gloo.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    # Torch imports this with the first optimiser, and it then keeps a group that exists already; a thread of
    # such a group, still there when the interpreter ends, aborts the process now and then.
    import_module("torch._dynamo")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
