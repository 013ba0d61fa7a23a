"""Training one classifier as the CaloChallenge does. Importing this module imports torch.

Adam at 2e-4, batches of 1,000, 50 epochs, binary cross entropy; the epoch with the highest accuracy on the
second part of the split is kept, and training ends where that accuracy is 1 (code/evaluate.py of
github.com/CaloChallenge/homepage at commit 9b41df7). The original computes in float64, this in float32.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from calobench.benchmarks.calochallenge.classifiers.inputs import Inputs
from calobench.benchmarks.calochallenge.classifiers.networks import ResidualNetwork, dense_network
from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs, Split

__all__ = ["device_name", "network_parameters", "train"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

EPOCHS = 50
BATCH = 1000
RATE = 2e-4


def device_name() -> str:
    """``cuda`` where there is one, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def network_parameters(columns: int, shape: tuple[int, int, int] | None) -> int:
    """Number of trained parameters of a network, see :func:`train`."""
    with torch.device("meta"):
        network = _network(columns, shape)
    return sum(weights.numel() for weights in network.parameters())


def train(
    inputs: Inputs,
    split: Split,
    seed: int,
    *,
    shape: tuple[int, int, int] | None = None,
    epochs: int | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> Outputs:
    """Outputs of a classifier for the showers that it was chosen with and those that it has not seen.

    Args:
        inputs: of all showers.
        split: which showers are for what, and their labels.
        seed: of the initial weights and the order of the showers.
        shape: layers, sectors and rings for the residual network; None for the dense one.
        epochs: at most; None for those of the CaloChallenge.
        advance: called with the number of epochs done.
    """
    device, epochs = torch.device(device_name()), epochs or EPOCHS
    # A model in the same process may have changed what torch does by default.
    with _defaults(seed):
        network = _network(inputs.columns, shape).to(device)
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        order = torch.Generator().manual_seed(seed)
        best, best_epoch, kept = -1.0, 0, copy.deepcopy(network.state_dict())
        for epoch in range(1, epochs + 1):
            _epoch(network, optimiser, inputs, split, order, device)
            advance(1)
            output = _logits(network, inputs, split.select, device)
            accuracy = float(np.mean((output > 0) == split.labels[split.select]))
            if accuracy > best:
                best, best_epoch, kept = accuracy, epoch, copy.deepcopy(network.state_dict())
            if accuracy == 1:
                advance(epochs - epoch)
                break
        network.load_state_dict(kept)
        return Outputs(
            _logits(network, inputs, split.select, device),
            _logits(network, inputs, split.report, device),
            best_epoch,
        )


@contextmanager
def _defaults(seed: int) -> Iterator[None]:
    dtype = torch.get_default_dtype()
    with torch.random.fork_rng(), torch.enable_grad():
        torch.set_default_dtype(torch.float32)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)


def _network(columns: int, shape: tuple[int, int, int] | None) -> nn.Module:
    return dense_network(columns) if shape is None else ResidualNetwork(shape)


def _epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    inputs: Inputs,
    split: Split,
    order: torch.Generator,
    device: torch.device,
) -> None:
    network.train()
    shuffled = split.train[torch.randperm(len(split.train), generator=order).numpy()]
    for rows in _batches(shuffled):
        labels = torch.from_numpy(split.labels[rows].astype(np.float32)).to(device)
        loss = F.binary_cross_entropy_with_logits(_output(network, inputs, rows, device), labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _batches(rows: Indices) -> Iterator[Indices]:
    """Batches of 1,000; a last one of a single shower, which has no variance, joins the one before."""
    starts = list(range(0, max(1, len(rows) - 1), BATCH))
    for first, last in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield rows[first:last]


def _logits(network: nn.Module, inputs: Inputs, rows: Indices, device: torch.device) -> Array:
    network.eval()
    with torch.no_grad():
        parts = [_output(network, inputs, part, device) for part in _batches(rows)]
    return torch.cat(parts).double().cpu().numpy()


def _output(network: nn.Module, inputs: Inputs, rows: Indices, device: torch.device) -> Tensor:
    output: Tensor = network(torch.from_numpy(inputs.rows(rows)).to(device))
    return output[:, 0]
