"""The call that all kinds of graphs share."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calobench.models.seed import Seed

__all__ = ["Graph", "draw_noise"]


class Graph(Protocol):
    """A trained graph from a file."""

    @property
    def kind(self) -> str:
        """One or two words for people: ``TorchScript``, ``ONNX opset 17``."""

    @property
    def label(self) -> str:
        """The software that evaluates it, with its version."""

    @property
    def device(self) -> str:
        """The device that it runs on."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks that a reader should know of it."""

    def to(self, device: str) -> None:
        """Run on another device from now on.

        Raises:
            DeviceError: it cannot.
        """

    def run(self, inputs: NDArray[np.float32], seed: Seed) -> NDArray[np.float32]:
        """One shower for each row, one at a time as Par04 and DDML ask for them.

        Args:
            inputs: as :func:`calobench.models.files.convention.inputs_of` gives them, (N, 8).
            seed: of everything random.

        Returns:
            The output as it is, without axes of length one: (N, cells) or (N, R, PHI, Z).

        Raises:
            ModelError: the graph refuses these inputs, or has another output.
        """


def draw_noise(seed: Seed, n: int, size: int) -> NDArray[np.float32]:
    """The noise of a graph that has it as an input, standard normal, (n, size).

    Args:
        seed: decides it.
        n: number of showers.
        size: numbers per shower.
    """
    return np.random.default_rng(seed).standard_normal((n, size), dtype=np.float32)
