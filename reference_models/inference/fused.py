"""The same network on the CPU with as few and as small operations as PyTorch allows.

Showers go through one by one: the activations of one shower stay in the cache of a core, those of a
batch do not, so a batch is no faster. Everything is 2-D, nothing is copied into another order except
the patches, and what only depends on the noise level is computed once.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_models.inference.backend import NoiseLevels
from reference_models.inference.folded import FoldedBlock, FoldedWeights, fold
from reference_models.network.dit import DiT

__all__ = ["Fused", "evaluate"]

# gelu(y) with tanh (Hendrycks & Gimpel, arXiv:1606.08415) is y sigmoid(LINEAR y + CUBIC y^3), because
# (1 + tanh u) / 2 = sigmoid(2 u); PyTorch's sigmoid is three times as fast as its tanh.
_LINEAR = 2 * math.sqrt(2 / math.pi)
_CUBIC = 0.044715 * _LINEAR
_EPS = 1e-6


class Fused:
    """Evaluates rearranged weights with PyTorch on the CPU.

    Args:
        network: its weights are copied.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.
    """

    def __init__(self, network: DiT, boundary: float | None) -> None:
        self._weights = fold(network)
        self._levels = NoiseLevels(network, boundary)

    @property
    def label(self) -> str:
        """See :class:`reference_models.inference.backend.Backend`."""
        return f"PyTorch {torch.__version__}, fused"

    @torch.inference_mode()
    def __call__(self, x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        """See :class:`reference_models.inference.backend.Backend`."""
        skip, out, total, noise = self._levels[sigma]
        scaled, raw = x / total, torch.empty_like(x)
        for k in range(len(x)):
            # Alone in each product, a shower does not depend on the others, not even in rounding.
            raw[k] = evaluate(self._weights, scaled[k], noise, conditions[k : k + 1])
        return raw.mul_(out).add_(x, alpha=skip)


def evaluate(weights: FoldedWeights, x: Tensor, noise: Tensor, conditions: Tensor) -> Tensor:
    """The raw network for one shower.

    Args:
        weights: from :func:`reference_models.inference.folded.fold`.
        x: noisy shower, scaled by c_in, (R, PHI, Z).
        noise: embedding of the noise level, (1, width).
        conditions: encoded conditions, (1, C).

    Returns:
        (R, PHI, Z).
    """
    config = weights.config
    (nr, np_, nz), (pr, pp, pz) = config.grid, config.patch
    width = (config.width,)
    vectors = _modulation(weights, noise, conditions)
    patches = x.reshape(nr, pr, np_, pp, nz, pz).permute(0, 2, 4, 1, 3, 5)
    weight, positions = weights.patch_in
    tokens = torch.addmm(positions, patches.reshape(config.n_tokens, -1), weight)
    for k, block in enumerate(weights.blocks):
        shift1, scale1, gate1, shift2, scale2, gate2 = vectors[6 * k : 6 * k + 6]
        normed = F.layer_norm(tokens, width, scale1, shift1, _EPS)
        tokens.addcmul_(_attention(block, normed, config.heads), gate1)
        normed = F.layer_norm(tokens, width, scale2, shift2, _EPS)
        tokens.addcmul_(_mlp(block, normed), gate2)
    shift, scale = vectors[-2:]
    weight, bias = weights.patch_out
    cells = torch.addmm(bias, F.layer_norm(tokens, width, scale, shift, _EPS), weight)
    return cells.view(nr, np_, nz, pr, pp, pz).permute(0, 3, 1, 4, 2, 5).reshape(config.mesh)


def _modulation(weights: FoldedWeights, noise: Tensor, conditions: Tensor) -> tuple[Tensor, ...]:
    """Shifts, scales and gates, (width,) each."""
    (w1, b1), (w2, b2) = weights.condition
    embedded = torch.addmm(b2, F.silu(torch.addmm(b1, conditions, w1)), w2)
    weight, bias = weights.modulation
    vectors = torch.addmm(bias, F.silu(noise + embedded), weight)
    return vectors.view(6 * len(weights.blocks) + 2, weights.config.width).unbind(0)


def _attention(block: FoldedBlock, x: Tensor, heads: int) -> Tensor:
    tokens, width = len(x), len(block.attention_out.weight)
    projected = torch.addmm(block.qkv.bias, x, block.qkv.weight)
    q, k, v = projected.view(tokens, 3, heads, -1).permute(1, 2, 0, 3).unbind(0)
    attention = torch.bmm(q, k.transpose(1, 2)).softmax(dim=-1)
    # Values first: the result, (heads, head size, tokens), is the transposed input of the next layer.
    mixed = torch.bmm(v.transpose(1, 2), attention.transpose(1, 2)).view(width, tokens)
    return torch.addmm(block.attention_out.bias, mixed.t(), block.attention_out.weight)


def _mlp(block: FoldedBlock, x: Tensor) -> Tensor:
    hidden = torch.addmm(block.mlp_in.bias, x, block.mlp_in.weight)
    gate = (hidden * hidden).mul_(_CUBIC).add_(_LINEAR).mul_(hidden).sigmoid_()
    return torch.addmm(block.mlp_out.bias, hidden.mul_(gate), block.mlp_out.weight)
