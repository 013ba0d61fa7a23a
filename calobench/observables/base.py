"""What an observable is, and the sums over a shower that observables share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.showers import Mesh, Showers

__all__ = ["Axis", "Observable", "Projections"]

Array = NDArray[np.float64]


class Projections:
    """Sums of a batch of showers over parts of the mesh, each computed once, in float64.

    All energies in MeV. N is the number of showers of the batch.
    """

    def __init__(self, showers: Showers, mesh: Mesh) -> None:
        self.showers = showers
        self.mesh = mesh

    @cached_property
    def layers(self) -> Array:
        """Energy a layer, (N, Z)."""
        sums: Array = self.rz.sum(axis=1)
        return sums

    @cached_property
    def rz(self) -> Array:
        """Energy summed over azimuth, (N, R, Z)."""
        sums: Array = self.showers.energy.sum(axis=2, dtype=np.float64)
        return sums

    @cached_property
    def rings(self) -> Array:
        """Energy a ring, (N, R)."""
        sums: Array = self.rz.sum(axis=2)
        return sums

    @cached_property
    def r_phi(self) -> Array:
        """Energy summed over layers, (N, R, PHI)."""
        sums: Array = self.showers.energy.sum(axis=3, dtype=np.float64)
        return sums

    @cached_property
    def sectors(self) -> Array:
        """Energy an azimuth sector, (N, PHI)."""
        sums: Array = self.r_phi.sum(axis=1)
        return sums

    @cached_property
    def total(self) -> Array:
        """Visible energy, (N,)."""
        sums: Array = self.layers.sum(axis=1)
        return sums


@dataclass(frozen=True)
class Axis:
    """The axis of a per-shower vector.

    Attributes:
        label: of the axis, e.g. ``depth``.
        unit: of the axis.
        edges: (K+1,) increasing. The vector has K entries, or K+2 with ``flow``.
        flow: the vector's first and last entry are what lies below and above the axis.
        log: draw and bin logarithmically.
    """

    label: str
    unit: str
    edges: Array
    flow: bool = False
    log: bool = False


@dataclass(frozen=True)
class Observable:
    """A number or a vector for every shower.

    Attributes:
        name: key in tables and results, ``snake_case``.
        label: for people.
        unit: of the values, '' for a pure number.
        family: the file it belongs to.
        description: one sentence that defines it.
        compute: ``(projections) -> (N,)``, or ``(N, K)`` when there is an axis. A shower without
            visible energy gives NaN where the observable is undefined.
        axis: makes the axis from the detector; None for a number.
        log_y: draw the values logarithmically.
    """

    name: str
    label: str
    unit: str
    family: str
    description: str
    compute: Callable[[Projections], Array]
    axis: Callable[[DetectorSpec], Axis] | None = None
    log_y: bool = False
