"""The network of the marginals in numpy: for one shower PyTorch's calls take longer than their arithmetic."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.network.preconditioning import SIGMA_DATA

__all__ = ["FastMarginals"]

Array = NDArray[np.float32]

_LAYER_NORM_EPS, _ONE = np.float32(1e-5), np.float32(1)


class FastMarginals:
    """:class:`MarginalsNetwork` at one noise level for a whole batch, with the conditions told once.

    Scales and shifts of the layer norms are folded into the layers that follow; what depends on the noise
    level alone is computed once for each.

    Args:
        network: the network, trained, on the CPU.
    """

    def __init__(self, network: MarginalsNetwork) -> None:
        self._network = network
        tables = {name: t.detach().float().numpy() for name, t in network.state_dict().items()}
        into = tables["embed_input.weight"].T
        self._from_x = np.ascontiguousarray(into[: network.size])
        self._from_conditions = np.ascontiguousarray(into[network.size :])
        self._bias = tables["embed_input.bias"]
        self._blocks = []
        for k in range(len(network.blocks)):
            scale, shift, first, first_bias, second, second_bias = (
                tables[f"blocks.{k}.{name}"]
                for name in ("0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias")
            )
            self._blocks.append(
                (
                    np.ascontiguousarray(first.T * scale[:, None]),
                    first_bias + first @ shift,
                    np.ascontiguousarray(second.T),
                    second_bias,
                )
            )
        self._out = np.ascontiguousarray(tables["out.weight"].T)
        self._out_bias = tables["out.bias"]
        self._noise: dict[float, Array] = {}

    def told(self, conditions: Array) -> Array:
        """The contribution of the conditions (B, C) to the first layer, (B, width), for all noise levels."""
        added: Array = conditions @ self._from_conditions + self._bias
        return added

    def __call__(self, x: Array, sigma: float, told: Array) -> Array:
        """Denoise.

        Args:
            x: noisy vectors, (B, size).
            sigma: their noise level.
            told: of their conditions.

        Returns:
            Estimate of the clean vectors, (B, size).
        """
        total = math.sqrt(sigma**2 + SIGMA_DATA**2)
        hidden = (x / np.float32(total)) @ self._from_x
        hidden += told
        hidden += self._embedded(sigma)
        width = np.float32(hidden.shape[1])
        # SiLU: far below zero the exponential overflows, and the quotient is 0 as it should be.
        with np.errstate(over="ignore"):
            for first, first_bias, second, second_bias in self._blocks:
                # The means written out: for a shower the methods take longer than the sums.
                centred = hidden - np.add.reduce(hidden, axis=1, keepdims=True) / width
                variance = np.add.reduce(centred * centred, axis=1, keepdims=True) / width
                centred /= np.sqrt(variance + _LAYER_NORM_EPS)
                inner = centred @ first
                inner += first_bias
                gate = np.exp(-inner)
                gate += _ONE
                inner /= gate
                hidden += inner @ second
                hidden += second_bias
        out = hidden @ self._out
        out += self._out_bias
        skip = np.float32(SIGMA_DATA**2 / total**2)
        denoised: Array = skip * x + np.float32(sigma * SIGMA_DATA / total) * out
        return denoised

    def _embedded(self, sigma: float) -> Array:
        if sigma not in self._noise:
            with torch.inference_mode():
                self._noise[sigma] = self._network.embedded_noise(torch.tensor([sigma])).numpy()
        return self._noise[sigma]
