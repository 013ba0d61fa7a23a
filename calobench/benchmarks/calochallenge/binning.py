"""Geometry of the voxels of a CaloChallenge shower: rings and sectors, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from calobench.errors import SpecError

__all__ = ["Binning", "Layer"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One layer: ``n_alpha`` equal sectors from -pi to pi, each cut into rings at ``r_edges``.

    Attributes:
        number: of the layer in the calorimeter; layers without voxels are skipped.
        r_edges: increasing radii, mm.
        n_alpha: sectors.

    Raises:
        SpecError: there is no ring, a radius does not increase, or there is no sector.
    """

    number: int
    r_edges: tuple[float, ...]
    n_alpha: int

    def __post_init__(self) -> None:
        steps = np.diff(self.r_edges)
        if not (len(steps) and np.all(np.isfinite(self.r_edges)) and np.all(steps > 0)):
            raise SpecError(
                f"layer {self.number}: r edges {self.r_edges} must be two or more increasing radii"
            )
        if self.r_edges[0] < 0 or self.n_alpha < 1:
            raise SpecError(
                f"layer {self.number}: radii start at {self.r_edges[0]:g} mm and there are "
                f"{self.n_alpha} sectors; give radii from 0 and one sector or more"
            )

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return (len(self.r_edges) - 1) * self.n_alpha

    @property
    def r(self) -> Array:
        """Radius of the centre of each voxel, mm, r running fastest, (voxels,)."""
        edges = np.asarray(self.r_edges)
        return np.tile(0.5 * (edges[:-1] + edges[1:]), self.n_alpha)

    @property
    def alpha(self) -> Array:
        """Azimuth of the centre of each voxel, rad, (voxels,)."""
        edges = np.linspace(-np.pi, np.pi, self.n_alpha + 1)
        return np.repeat(0.5 * (edges[:-1] + edges[1:]), len(self.r_edges) - 1)

    @property
    def eta(self) -> Array:
        """Eta as the challenge defines it, r cos(alpha), mm, (voxels,)."""
        return self.r * np.cos(self.alpha)

    @property
    def phi(self) -> Array:
        """Phi as the challenge defines it, r sin(alpha), mm, (voxels,)."""
        return self.r * np.sin(self.alpha)


@dataclass(frozen=True)
class Binning:
    """All layers that have voxels, in the order of the file.

    Attributes:
        particle: whose showers it is for.
        layers: numbers increase.
        source: where the binning comes from, for the record.

    Raises:
        SpecError: there are no layers, or their numbers do not increase.
    """

    particle: str
    layers: tuple[Layer, ...]
    source: str

    def __post_init__(self) -> None:
        numbers = self.numbers
        if not numbers or any(b <= a for a, b in pairwise(numbers)):
            raise SpecError(
                f"{self.source}: layers {list(numbers)} must be one or more, each number once and "
                "increasing"
            )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the layers."""
        return tuple(layer.number for layer in self.layers)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """First voxel of each layer, and behind the last one the number of all voxels."""
        return (0, *accumulate(layer.voxels for layer in self.layers))

    @property
    def voxels(self) -> int:
        """Number of voxels of a shower."""
        return self.offsets[-1]

    @property
    def with_sectors(self) -> tuple[int, ...]:
        """Positions of the layers with more than one sector: only those have an eta and a phi."""
        return tuple(i for i, layer in enumerate(self.layers) if layer.n_alpha > 1)
