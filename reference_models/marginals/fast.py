"""The network of the marginals in numpy: for one shower PyTorch's calls take longer than their arithmetic."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.marginals.denoiser import MarginalsNetwork

__all__ = ["FastMarginals"]

Array = NDArray[np.float32]

_LAYER_NORM_EPS = 1e-5


class FastMarginals:
    """:class:`MarginalsNetwork` at one noise level for a whole batch, with the conditions told once.

    Hidden numbers are kept in other coordinates, of which the first is their mean times the root of their
    number: a layer norm leaves it out, and the length of the rest is what it divides by. Scales and shifts of
    the layer norms are folded into the layers that follow, and so is the factor of SiLU(2 x) =
    x (1 + tanh x); what depends on the noise level alone is computed once for each.

    Args:
        network: the network, trained, on the CPU.
    """

    def __init__(self, network: MarginalsNetwork) -> None:
        self._network = network
        tables = {name: t.detach().double().numpy() for name, t in network.state_dict().items()}
        into, width = tables["embed_input.weight"].T, len(tables["embed_input.bias"])
        self._turn = _mean_first(width)
        self._from_x = _single(into[: network.size] @ self._turn)
        self._from_conditions = _single(into[network.size :] @ self._turn)
        self._bias = _single(tables["embed_input.bias"] @ self._turn)
        self._blocks = []
        for k in range(len(network.blocks)):
            scale, shift, first, first_bias, second, second_bias = (
                tables[f"blocks.{k}.{name}"]
                for name in ("0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias")
            )
            from_normed = math.sqrt(width) / 2 * (self._turn @ (first.T * scale[:, None]))[1:]
            parts = (
                from_normed,
                (first_bias + first @ shift) / 2,
                second.T @ self._turn,
                second_bias @ self._turn,
            )
            self._blocks.append(tuple(map(_single, parts)))
        self._eps = np.float32(width * _LAYER_NORM_EPS)
        self._out = _single(self._turn @ tables["out.weight"].T)
        self._out_bias = _single(tables["out.bias"])
        self._noise: dict[float, Array] = {}

    def told(self, conditions: Array) -> Array:
        """The contribution of the conditions (B, C) to the first layer, (B, width), for all noise levels."""
        added: Array = conditions @ self._from_conditions + self._bias
        return added

    def __call__(self, y: Array, sigma: float, told: Array) -> Array:
        """What the network itself gives, F in D(x) = c_skip x + c_out F.

        Args:
            y: noisy vectors over the deviation that they have at that level, (B, size).
            sigma: their noise level.
            told: of their conditions.

        Returns:
            F, (B, size).
        """
        hidden = y @ self._from_x
        hidden += told
        hidden += self._embedded(sigma)
        # In place where it can be: for one shower each call takes as long as its arithmetic.
        for first, first_bias, second, second_bias in self._blocks:
            centred = hidden[:, 1:]
            squares = np.einsum("nk,nk->n", centred, centred)
            half = (centred / np.sqrt(squares + self._eps)[:, None]) @ first
            half += first_bias
            gate = np.tanh(half)
            gate += 1
            gate *= half
            hidden += gate @ second
            hidden += second_bias
        out: Array = np.matmul(hidden, self._out)
        out += self._out_bias
        return out

    def _embedded(self, sigma: float) -> Array:
        if sigma not in self._noise:
            with torch.inference_mode():
                embedded = self._network.embedded_noise(torch.tensor([sigma]))
            self._noise[sigma] = _single(embedded.double().numpy() @ self._turn)
        return self._noise[sigma]


def _mean_first(width: int) -> NDArray[np.float64]:
    """Symmetric orthogonal matrix (width, width) whose first row is that of a mean: a reflection."""
    normal = np.full(width, 1 / math.sqrt(width))
    normal[0] -= 1
    reflection: NDArray[np.float64] = np.eye(width) - np.outer(normal, normal) * (
        2 / (normal @ normal)
    )
    return reflection


def _single(table: NDArray[np.float64]) -> Array:
    return np.ascontiguousarray(table, dtype=np.float32)
