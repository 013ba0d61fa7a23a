"""A network with fewer heads and narrower MLPs, from which a student may begin.

Which go, and how what stays makes up for them, follows from how activations go together: the optimal brain
surgeon (Hassibi and Stork, NeurIPS 1992, eq. 5) for the layers that read them, where a head goes as a whole.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from reference_models.network.dit import Block, DiT

__all__ = ["Example", "pruned"]

# Of the mean square of an activation: some are never used.
_RIDGE = 1e-6


class Example(NamedTuple):
    """Inputs of a network, of which it has activations; see :meth:`DiT.forward`."""

    x: Tensor
    c_noise: Tensor
    conditions: Tensor


@torch.no_grad()
def pruned(network: DiT, heads: int, mlp_ratio: int, example: Example) -> DiT:
    """A copy with fewer heads and a narrower MLP in every block.

    Args:
        network: a trained network.
        heads: of each block that stay.
        mlp_ratio: hidden width of an MLP over the width of the network that stays.
        example: some hundred showers at the noise levels at which the copy will be used.

    Raises:
        ValueError: there are not as many.
    """
    config = network.config
    if not (0 < heads <= config.heads and 0 < mlp_ratio <= config.mlp_ratio):
        raise ValueError(
            f"heads {heads} and mlp_ratio {mlp_ratio} must be from 1 to those of the start, "
            f"{config.heads} and {config.mlp_ratio}"
        )
    attended, hidden = config.attention_width, mlp_ratio * config.width
    head_size = attended // config.heads
    other = copy.deepcopy(network)
    other.config = replace(config, heads=heads, head_size=head_size, mlp_ratio=mlp_ratio)
    # One layer after the other: each is mended for what the layers before it have become.
    for block in cast("list[Block]", list(other.blocks)):
        out = block.attention_out
        index = _mended(out, _inputs(out, other, example), head_size, heads)
        block.qkv = _rows(block.qkv, torch.cat([index + k * attended for k in range(3)]))
        block.heads = heads
        out = block.mlp_out
        block.mlp_in = _rows(block.mlp_in, _mended(out, _inputs(out, other, example), 1, hidden))
    return other


def _inputs(layer: nn.Linear, network: DiT, example: Example) -> Tensor:
    """What a layer is given when the network is evaluated, (showers, tokens, numbers)."""
    seen: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _layer, given: seen.append(given[0]))
    network(*example)
    hook.remove()
    return seen[0]


def _mended(layer: nn.Linear, inputs: Tensor, size: int, kept: int) -> Tensor:
    """Take inputs out of a layer, in groups of a size, until ``kept`` are left; returns what is left."""
    rows = inputs.reshape(-1, inputs.shape[-1]).double()
    # The bias is the weight of an input that is always 1, and stays.
    rows = torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], dim=1)
    squares = rows.T @ rows / len(rows)
    squares += _RIDGE * squares.diagonal().mean() * torch.eye(len(squares), dtype=torch.float64)
    inverse = torch.linalg.inv(squares)
    weight = torch.cat([layer.weight.double().T, layer.bias.double()[None]])
    left = torch.arange(inputs.shape[-1]).view(-1, size)
    while len(left) > kept:
        # Least squares added when a group goes and all others make up for it: w^T (inverse of its part)^-1 w.
        parts = inverse[left[:, :, None], left[:, None, :]]
        lost = weight[left]
        added = (lost * torch.linalg.solve(parts, lost)).sum(dim=(1, 2))
        group = left[int(added.argmin())]
        gain = torch.linalg.solve(inverse[group][:, group], inverse[group])
        weight = weight - gain.T @ weight[group]
        inverse = inverse - inverse[:, group] @ gain
        left = left[(left != group).all(dim=1)]
    index = left.reshape(-1)
    layer.in_features = len(index)
    layer.weight = nn.Parameter(weight[index].T.float().contiguous())
    layer.bias = nn.Parameter(weight[-1].float())
    return index


def _rows(layer: nn.Linear, index: Tensor) -> nn.Linear:
    """The layer with some of its outputs alone."""
    other = nn.Linear(layer.in_features, len(index))
    other.weight, other.bias = nn.Parameter(layer.weight[index]), nn.Parameter(layer.bias[index])
    return other
