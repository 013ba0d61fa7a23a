"""Definition of an observable, and the sums over a shower that observables share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import limit_above
from calobench.detectors.spec import DetectorSpec
from calobench.showers import Mesh, Showers

__all__ = ["HIT_MEV", "Axis", "Observable", "PlainWords", "Projections", "TopicName"]

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]

TopicName = Literal["energy", "longitudinal", "lateral", "cells", "correlations"]
"""Light of the verdict under which a difference is shown."""

HIT_MEV = 0.02
"""A cell with more is a hit: just above the 0.015 MeV below which models of the field cut."""


class Projections:
    """Sums of a batch of showers over parts of the mesh, each computed once, in float64.

    All energies in MeV. N is the number of showers of the batch.
    """

    def __init__(self, showers: Showers, mesh: Mesh) -> None:
        self.showers = showers
        self.mesh = mesh

    @cached_property
    def layers(self) -> Array:
        """Energy per layer, (N, Z)."""
        sums: Array = self.rz.sum(axis=1)
        return sums

    @cached_property
    def rz(self) -> Array:
        """Energy summed over azimuth, (N, R, Z)."""
        sums: Array = self.showers.energy.sum(axis=2, dtype=np.float64)
        return sums

    @cached_property
    def rings(self) -> Array:
        """Energy per ring, (N, R)."""
        sums: Array = self.rz.sum(axis=2)
        return sums

    @cached_property
    def r_phi(self) -> Array:
        """Energy summed over layers, (N, R, PHI)."""
        sums: Array = self.showers.energy.sum(axis=3, dtype=np.float64)
        return sums

    @cached_property
    def hits_rz(self) -> Counts:
        """Number of hit cells at each radius and depth, (N, R, Z)."""
        sums: Counts = self._hit.sum(axis=2, dtype=np.uint16)
        return sums

    @cached_property
    def hits_phi_z(self) -> Counts:
        """Number of hit cells at each azimuth and depth, (N, PHI, Z)."""
        sums: Counts = self._hit.sum(axis=1, dtype=np.uint16)
        return sums

    @cached_property
    def _hit(self) -> NDArray[np.bool_]:
        return self.showers.energy > np.float32(limit_above(HIT_MEV))

    @cached_property
    def hottest(self) -> tuple[Array, NDArray[np.intp]]:
        """Energy of the cell with most energy, MeV (N,), and its layer (N,)."""
        cells = self.showers.energy.reshape(len(self.showers), np.prod(self.mesh.shape))
        index = cells.argmax(axis=1)
        energy = np.take_along_axis(cells, index[:, None], axis=1)[:, 0]
        return energy.astype(np.float64), index % self.mesh.n_z

    @cached_property
    def sectors(self) -> Array:
        """Energy per azimuth sector, (N, PHI)."""
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
class PlainWords:
    """Words for the direction in which an observable is off.

    Attributes:
        mean: name of its mean, e.g. ``mean depth``.
        larger: what it is when the mean is larger than Geant4's, e.g. ``too deep``.
        smaller: when it is smaller.
        width: name of its width, e.g. ``resolution``; '' for the spread of the mean's name.
    """

    mean: str
    larger: str = "too large"
    smaller: str = "too small"
    width: str = ""


@dataclass(frozen=True)
class Observable:
    """A number or a vector for every shower.

    Attributes:
        name: key in tables and results, ``snake_case``.
        label: for people.
        unit: of the values, '' for a pure number.
        family: the file it belongs to.
        description: one sentence that defines it.
        compute: ``(projections) -> (N,)``, or ``(N, K)`` when there is an axis, finite, and of each
            shower by itself. A shower without visible energy gives NaN where the observable is
            undefined, and so does one that is even in azimuth where it is a direction.
        axis: makes the axis from the detector; None for a number.
        log_y: draw the values logarithmically.
        part_of: name of the observable that contains it. What shows how numbers go together leaves it
            out, for parts of one whole go together by definition; and the gate does not judge it, or
            one defect would be counted twice, unless the whole says that it is judged by it.
        judged_by: observables that the gate judges in its place, because at a fixed incident particle
            they say the same; empty where the gate judges the observable itself.
        gate: whether the gate judges it at all.
        headline: kinds of its metrics (``bias``, ``width``, ...) that are among the gate's main ones.
        main: its place among the few numbers that describe different things of a shower: the gate
            judges how they go together, and outliers are told by them; None where it is not one.
        local: the gate judges its mean in regions of energy and angle too; so it does of ``main`` ones.
        correlated: the gate judges how it goes together with other parts of the same whole.
        harmonics: of a vector in azimuth: the gate judges its Fourier coefficients, whose names begin
            with this, instead of sums over neighbouring entries.
        terminal: it has a row in the table of the terminal.
        verdict: every verdict measures its mean and its width, whatever the use.
        plain: how a physicist says that it is off; None: by its label.
        picture: of a vector: title of its picture on the first screen of the page, which has room for
            three; '' for none.
        curves: conditions (``energy``, ``theta``, ``phi``) that its mean is drawn against in its chapter.
        per_area: its entries are energies of rings: it is drawn per area of the ring too.
        topic: light of the verdict that a difference in it belongs to.
    """

    name: str
    label: str
    unit: str
    family: str
    description: str
    compute: Callable[[Projections], Array]
    axis: Callable[[DetectorSpec], Axis] | None = None
    log_y: bool = False
    part_of: str | None = None
    judged_by: tuple[str, ...] = ()
    gate: bool = True
    headline: tuple[str, ...] = ()
    main: int | None = None
    local: bool = False
    correlated: bool = False
    harmonics: str | None = None
    terminal: bool = False
    verdict: bool = False
    plain: PlainWords | None = None
    picture: str = ""
    curves: tuple[str, ...] = ()
    per_area: bool = False
    topic: TopicName = "correlations"
