"""The network for one shower, from the rearranged weights, in the operations of :mod:`.ops`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from reference_models.inference.folded import FoldedBlock, FoldedWeights, Linear
from reference_models.inference.ops import Ops, Value
from reference_models.network.dit import NetworkConfig

__all__ = [
    "Attention",
    "Projections",
    "SplitWeights",
    "attention_of_heads",
    "evaluate_network",
    "split_queries",
]

Projections = tuple[Linear, Linear, Linear]
"""Queries, keys and values of a block."""
Attention = Callable[[Any, Projections, Value, NetworkConfig], Value]
"""Of the operations, the projections of a block, its input (tokens, width) and the shape of the network;
gives what each head mixed, beside each other, (tokens, width)."""
_EPS = 1e-6


class SplitWeights(NamedTuple):
    """Weights with queries, keys and values of each block as layers of their own.

    Attributes:
        weights: all others.
        projections: queries, keys and values of each block.
    """

    weights: FoldedWeights
    projections: tuple[Projections, ...]


def split_queries(weights: FoldedWeights) -> SplitWeights:
    """The weights, with their joint layer of queries, keys and values taken apart."""
    return SplitWeights(weights, tuple(_projections(block) for block in weights.blocks))


def _projections(block: FoldedBlock) -> Projections:
    width = len(block.attention_out.weight)

    def part(k: int) -> Linear:
        columns = slice(k * width, (k + 1) * width)
        return Linear(block.qkv.weight[:, columns].contiguous(), block.qkv.bias[columns].clone())

    return part(0), part(1), part(2)


def attention_of_heads(ops: Ops, layers: Projections, x: Value, config: NetworkConfig) -> Value:
    """An :data:`Attention` of operations that every runtime knows, with heads in front of tokens."""
    heads, width, tokens = config.heads, config.attention_width, config.n_tokens

    def projected(layer: Linear, order: tuple[int, int, int]) -> Value:
        split = ops.reshape(ops.linear(x, *layer), tokens, heads, width // heads)
        return ops.permute(split, order)

    queries, keys, values = (
        projected(layer, order)
        for layer, order in zip(layers, ((1, 0, 2), (1, 2, 0), (1, 0, 2)), strict=True)
    )
    mixed = ops.matmul(ops.softmax(ops.matmul(queries, keys)), values)
    return ops.reshape(ops.permute(mixed, (1, 0, 2)), tokens, width)


def evaluate_network(
    ops: Ops,
    split: SplitWeights,
    x: Value,
    noise: Value,
    conditions: Value,
    *,
    attention: Attention = attention_of_heads,
) -> Value:
    """The raw network.

    Args:
        ops: the operations.
        split: the weights.
        x: noisy shower, scaled by c_in, (R, PHI, Z).
        noise: embedding of the noise level, (1, width).
        conditions: encoded conditions, (1, C).
        attention: how a block attends.

    Returns:
        (R, PHI, Z).
    """
    weights, config = split.weights, split.weights.config
    vectors = _modulation(ops, weights, noise, conditions)
    tokens = ops.linear(_patches(ops, x, config), *weights.patch_in)
    for k, block in enumerate(weights.blocks):
        shift1, scale1, gate1, shift2, scale2, gate2 = vectors[6 * k : 6 * k + 6]
        normed = ops.layer_norm(tokens, scale1, shift1, _EPS)
        mixed = attention(ops, split.projections[k], normed, config)
        tokens = tokens + ops.linear(mixed, *block.attention_out) * gate1
        normed = ops.layer_norm(tokens, scale2, shift2, _EPS)
        hidden = ops.gelu(ops.linear(normed, *block.mlp_in))
        tokens = tokens + ops.linear(hidden, *block.mlp_out) * gate2
    shift, scale = vectors[-2:]
    return _cells(
        ops, ops.linear(ops.layer_norm(tokens, scale, shift, _EPS), *weights.patch_out), config
    )


def _modulation(ops: Ops, weights: FoldedWeights, noise: Value, conditions: Value) -> list[Value]:
    """Shifts, scales and gates, (width,) each."""
    inner, outer = weights.condition
    embedded = ops.linear(ops.silu(ops.linear(conditions, *inner)), *outer)
    vectors = ops.linear(ops.silu(embedded + noise), *weights.modulation)
    width, n = weights.config.width, 6 * len(weights.blocks) + 2
    flat = ops.reshape(vectors, n * width)
    return [ops.part(flat, 0, k * width, (k + 1) * width) for k in range(n)]


def _patches(ops: Ops, x: Value, config: NetworkConfig) -> Value:
    (nr, np_, nz), (pr, pp, pz) = config.grid, config.patch
    split = ops.permute(ops.reshape(x, nr, pr, np_, pp, nz, pz), (0, 2, 4, 1, 3, 5))
    return ops.reshape(split, config.n_tokens, pr * pp * pz)


def _cells(ops: Ops, patches: Value, config: NetworkConfig) -> Value:
    (nr, np_, nz), (pr, pp, pz) = config.grid, config.patch
    split = ops.permute(ops.reshape(patches, nr, np_, nz, pr, pp, pz), (0, 3, 1, 4, 2, 5))
    return ops.reshape(split, *config.mesh)
