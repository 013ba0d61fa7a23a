"""Clusters of layers joined in depth: CLUE once more, across layers.

The points are now clusters of single layers. The distance is the one seen along the particles'
direction, and only clusters a few layers apart see each other, as in CLUE3D of CMS
(CMS-DP-2022/057).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.clue import ClueParameters, Neighbours, assign, neighbours_within

__all__ = ["LinkParameters", "link"]


@dataclass(frozen=True)
class LinkParameters(ClueParameters):
    """Parameters of CLUE, and how far it sees in depth.

    Attributes:
        layers: clusters more layers apart than this are not neighbours.
    """

    layers: int = 3


def link(
    transverse: NDArray[np.float64],
    layer: NDArray[np.intp],
    energy: NDArray[np.float64],
    event: NDArray[np.intp],
    parameters: LinkParameters,
) -> NDArray[np.intp]:
    """Join clusters of layers.

    Args:
        transverse: positions seen along the particles' direction, mm, (N, 2).
        layer: number of the layer, (N,).
        energy: MeV, (N,).
        event: clusters of different events are never joined, (N,).
        parameters: of the algorithm.

    Returns:
        (N,) as :func:`~calobench.benchmarks.diphoton.clue.assign`.
    """
    if len(energy) == 0:
        return np.empty(0, dtype=np.intp)
    near = neighbours_within(transverse, event, parameters.reach_mm)
    kept = np.abs(layer[near.first] - layer[near.second]) <= parameters.layers
    seen = Neighbours(near.first[kept], near.second[kept], near.distance[kept])
    return assign(energy, seen, parameters)
