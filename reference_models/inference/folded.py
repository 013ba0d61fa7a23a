"""The weights rearranged once for the evaluation of a single shower, which has 2-D activations only.

Matrices are transposed to (in, out) and contiguous. The 1 of ``1 + scale`` goes into the bias of the
modulation, the bias of the first layer into the positions, and 1 / sqrt(head size) into the queries.
Then scale and shift are the weight and bias of the layer norm itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from reference_models.network.dit import DiT, NetworkConfig

__all__ = ["FoldedBlock", "FoldedWeights", "Linear", "fold"]


class Linear(NamedTuple):
    """``x @ weight + bias``.

    Attributes:
        weight: (in, out), contiguous.
        bias: (out,), or (rows, out) where each row has its own.
    """

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class FoldedBlock:
    """One transformer block; ``qkv`` gives queries already divided by sqrt(head size)."""

    qkv: Linear
    attention_out: Linear
    mlp_in: Linear
    mlp_out: Linear


@dataclass(frozen=True)
class FoldedWeights:
    """All that an evaluation needs besides the embedding of the noise level.

    Attributes:
        config: shape of the network.
        patch_in: its bias holds the positions, (tokens, width).
        condition: the two layers of the embedding of the conditions.
        modulation: of all blocks and of the last layer, (width, (6 blocks + 2) width); shift, scale and
            gate of attention, then of the MLP, block by block; scales have 1 added.
        blocks: the blocks.
        patch_out: the last layer.
    """

    config: NetworkConfig
    patch_in: Linear
    condition: tuple[Linear, Linear]
    modulation: Linear
    blocks: tuple[FoldedBlock, ...]
    patch_out: Linear


def fold(network: DiT) -> FoldedWeights:
    """Rearrange copies of the weights of ``network``."""
    blocks = list(network.blocks)
    embedding = network.condition_embedding
    head_size = network.config.attention_width // network.config.heads
    patch_in = _linear(network.patch_in)
    return FoldedWeights(
        config=network.config,
        patch_in=Linear(patch_in.weight, (network.positions + patch_in.bias).contiguous()),
        condition=(_linear(embedding[0]), _linear(embedding[2])),
        modulation=_joined([_modulation(block, 3) for block in blocks] + [_modulation(network, 2)]),
        blocks=tuple(_block(block, head_size) for block in blocks),
        patch_out=_linear(network.patch_out),
    )


def _linear(layer: nn.Module) -> Linear:
    weight, bias = cast("Tensor", layer.weight).detach(), cast("Tensor", layer.bias).detach()
    return Linear(weight.t().contiguous(), bias.clone())


def _modulation(part: nn.Module, vectors: int) -> Linear:
    """Modulation whose scales, the second of every ``vectors`` vectors, have 1 added."""
    layer = _linear(cast("nn.Module", part.modulation))
    layer.bias.view(-1, vectors, len(layer.weight))[:, 1] += 1
    return layer


def _joined(layers: list[Linear]) -> Linear:
    weights, biases = zip(*layers, strict=True)
    return Linear(torch.cat(weights, dim=1), torch.cat(biases))


def _block(block: nn.Module, head_size: int) -> FoldedBlock:
    qkv, attention_out, mlp_in, mlp_out = (
        _linear(cast("nn.Module", getattr(block, name)))
        for name in ("qkv", "attention_out", "mlp_in", "mlp_out")
    )
    queries = len(attention_out.weight)
    for tensor in qkv:
        tensor[..., :queries] *= head_size**-0.5
    return FoldedBlock(qkv, attention_out, mlp_in, mlp_out)
