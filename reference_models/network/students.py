"""Networks of students: they begin as a trained network with other tokens, or with some of its blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor
from torch.nn import functional as F

from reference_models.network.dit import DiT

__all__ = ["with_blocks", "with_patch"]

Patch = tuple[int, int, int]


def with_blocks(network: DiT, kept: Sequence[int]) -> DiT:
    """A copy of a network with some of its blocks alone, from which a training may begin.

    Args:
        network: a trained network.
        kept: the blocks that stay, counted from 0, in rising order.

    Raises:
        ValueError: they are not blocks of the network, or not in order.
    """
    there = network.config.blocks
    if not kept or list(kept) != sorted(set(kept) & set(range(there))):
        raise ValueError(f"blocks {list(kept)} must be some of 0 to {there - 1}, in rising order")
    other = DiT(replace(network.config, blocks=len(kept)))
    state = network.state_dict()
    blocks = {
        f"blocks.{own}.{name}": tensor
        for own, k in enumerate(kept)
        for name, tensor in network.blocks[k].state_dict().items()
    }
    rest = {name: tensor for name, tensor in state.items() if not name.startswith("blocks.")}
    other.load_state_dict(rest | blocks)
    return other


def with_patch(network: DiT, patch: Patch) -> DiT:
    """A copy of a network whose tokens are of another size, from which a training may begin.

    The blocks are the same, and so are the positions that they are told. The first and the last layer, which
    have weights for every cell of a token, are interpolated between those cells.

    Args:
        network: a trained network.
        patch: rings, azimuth bins and layers of a token.

    Raises:
        ValueError: ``patch`` does not divide the mesh.
    """
    config = network.config
    counted = config.position_patch or config.patch
    other = DiT(replace(config, patch=patch, position_patch=None if patch == counted else counted))
    state = network.state_dict()

    def interpolated(rows: Tensor) -> Tensor:
        cells = rows.reshape(len(rows), 1, *config.patch)
        return F.interpolate(cells, size=patch, mode="trilinear").reshape(len(rows), -1)

    # A token is the sum over its cells: more cells count for less each.
    size = math.prod(patch) / math.prod(config.patch)
    state["patch_in.weight"] = interpolated(state["patch_in.weight"]) / size
    state["patch_out.weight"] = interpolated(state["patch_out.weight"].T).T.contiguous()
    state["patch_out.bias"] = interpolated(state["patch_out.bias"][None])[0]
    other.load_state_dict(state)
    return other
