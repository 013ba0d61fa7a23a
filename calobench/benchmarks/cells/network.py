"""A small convolutional network on the cells of the mesh that tells two samples apart.

The recipe is fixed: nothing is tuned, stopped or chosen by how well it separates. Only what is about
to train imports this module, because it imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from calobench.benchmarks.cells.images import Images, Standardiser

__all__ = ["CellNetwork", "one_torch_thread"]

# Cells of a filter along r, phi and z. Filters move by one cell in azimuth, and side by side else.
PATCH = 3
CHANNELS = 16
EPOCHS = 12
BATCH = 32
PEAK_RATE = 6e-3
WEIGHT_DECAY = 0.01
DROPOUT = 0.2
SLOPE = 0.1

# Showers that are judged at once.
JUDGED = 256


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """One thread, so that sums do not depend on how many there are."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class CellNetwork:
    """Log odds that a shower is the model's, learnt from its cells and its incident particle.

    Filters of 3 x 3 x 3 cells, the same for the whole mesh but for a bias of each place, periodic
    in azimuth; a second layer at each place; then the mean over the azimuth and its first harmonic,
    and one weight for each of those. The two samples weigh the same whatever their sizes.

    Args:
        cells: images of the training showers, float32 (n, R, PHI, Z).
        incident: their incident columns, float32 (n, K).
        is_model: (n,).
        seed: of the initial weights, the order of the showers and the dropout.
    """

    def __init__(
        self,
        cells: NDArray[np.float32],
        incident: NDArray[np.float32],
        is_model: NDArray[np.bool_],
        seed: int,
    ) -> None:
        self._random = torch.Generator().manual_seed(seed)
        self._standardise = Standardiser(cells, incident)
        _, n_r, n_phi, n_z = cells.shape
        self._places = (math.ceil(n_r / PATCH), math.ceil(n_z / PATCH))
        self._margin = [
            places * PATCH - n for places, n in zip(self._places, (n_r, n_z), strict=True)
        ]
        angle = 2 * math.pi * torch.arange(n_phi, dtype=torch.float32) / n_phi
        self._harmonics = torch.stack([angle.cos(), angle.sin()], dim=1) / n_phi
        rows, columns = self._places
        self._filters = self._weights(CHANNELS, PATCH, PATCH, PATCH)
        self._place = _zeros(rows, CHANNELS, 1, columns)
        self._mixing = self._weights(CHANNELS, CHANNELS, 1, 1)
        self._bias = _zeros(CHANNELS)
        pooled = (rows * columns + 2) * CHANNELS
        self._head = self._weights(1, pooled + incident.shape[1])
        self._offset = _zeros(1)
        # A model in the same process may have switched gradients off, or changed the precision.
        with torch.enable_grad():
            self._train(self._standardise(cells, incident), is_model)

    def decision_function(
        self, cells: NDArray[np.float32], incident: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Log odds, (N,).

        Args:
            cells: (N, R, PHI, Z).
            incident: (N, K).
        """
        outputs = []
        with torch.inference_mode():
            for start in range(0, len(cells), JUDGED):
                part = slice(start, start + JUDGED)
                images = self._standardise(cells[part], incident[part])
                outputs.append(self._output(*map(torch.from_numpy, images), training=False))
        return torch.cat(outputs).double().numpy()

    def _weights(self, *shape: int) -> Tensor:
        """Uniform, of the width that keeps the variance of what passes."""
        reach = 1 / math.sqrt(math.prod(shape[1:]))
        weights = torch.empty(shape, dtype=torch.float32).uniform_(
            -reach, reach, generator=self._random
        )
        return weights.requires_grad_()

    def _train(self, images: Images, is_model: NDArray[np.bool_]) -> None:
        cells, incident = map(torch.from_numpy, images)
        labels = torch.from_numpy(is_model.astype(np.float32))
        model_fraction = float(is_model.mean())
        weights = torch.where(labels > 0, 0.5 / model_fraction, 0.5 / (1 - model_fraction))
        parameters = [
            self._filters, self._place, self._mixing, self._bias, self._head, self._offset,
        ]  # fmt: skip
        optimiser = torch.optim.AdamW(parameters, lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
        steps = EPOCHS * math.ceil(len(labels) / BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, steps)
        for _ in range(EPOCHS):
            order = torch.randperm(len(labels), generator=self._random)
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                output = self._output(cells[rows], incident[rows], training=True)
                loss = F.binary_cross_entropy_with_logits(output, labels[rows], weights[rows])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()

    def _output(self, cells: Tensor, incident: Tensor, *, training: bool) -> Tensor:
        rows, n = self._places[0], len(cells)
        cells = F.pad(cells, (0, self._margin[1], 0, 0, 0, self._margin[0]))
        # The rings of a patch are channels; patches of other rings are other images of a batch.
        cells = cells.reshape(n * rows, PATCH, *cells.shape[2:])
        cells = torch.cat([cells[:, :, -1:], cells, cells[:, :, :1]], dim=2)
        seen = F.conv2d(cells, self._filters, stride=(1, PATCH))
        seen = seen.reshape(n, rows, *seen.shape[1:]) + self._place
        seen = F.leaky_relu(seen, SLOPE).flatten(0, 1)
        seen = F.leaky_relu(F.conv2d(seen, self._mixing, self._bias), SLOPE)
        seen = seen.reshape(n, rows, *seen.shape[1:])
        means = seen.mean(dim=3).flatten(1)
        waves = (seen.mean(dim=(1, 4)) @ self._harmonics).flatten(1)
        pooled = torch.cat([means, waves], dim=1)
        if training:
            chance = torch.rand(pooled.shape, generator=self._random, dtype=torch.float32)
            kept = chance >= DROPOUT
            pooled = pooled * kept / (1 - DROPOUT)
        return F.linear(torch.cat([pooled, incident], dim=1), self._head, self._offset)[:, 0]


def _zeros(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=torch.float32, requires_grad=True)
