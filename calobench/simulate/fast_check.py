"""A quick look at a detector: twenty showers, and whether they look as they should."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.executors.shower_file import Monitor
from calobench.io.readers.lemurs import LemursFile
from calobench.showers import Mesh, Showers
from calobench.simulate.production import Production, produce

__all__ = ["FastCheck", "Measured", "fast_check", "summarise"]

SHOWERS = 20


class Measured(NamedTuple):
    """A mean over showers and its standard error."""

    value: float
    error: float

    @classmethod
    def mean(cls, values: NDArray[np.float64]) -> Measured:
        """Of one value per shower, (N,)."""
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


class FastCheck(NamedTuple):
    """Summary of a few showers.

    Attributes:
        n: number of showers.
        sampling_fraction: visible energy in the mesh over incident energy.
        containment: visible energy in the mesh over all visible energy.
        r90: radius around the particle that holds 90 % of the visible energy in the mesh, mm.
        shower_maximum: depth of the layer with the most energy, mm.
        seconds: CPU time per shower, s.
    """

    n: int
    sampling_fraction: Measured
    containment: Measured
    r90: Measured
    shower_maximum: Measured
    seconds: Measured


def summarise(
    showers: Showers,
    total_deposit: NDArray[np.float64],
    seconds: NDArray[np.float64],
    mesh: Mesh,
) -> FastCheck:
    """Work out the numbers, each a mean over showers.

    Args:
        showers: N showers.
        total_deposit: all visible energy, in the mesh or not, MeV, (N,).
        seconds: CPU time, s, (N,).
        mesh: their mesh.
    """
    cells = showers.energy.astype(np.float64)
    visible = cells.sum(axis=(1, 2, 3))
    edges = np.arange(mesh.n_r + 1) * mesh.dr_mm
    enclosed = np.zeros((len(showers), mesh.n_r + 1))
    enclosed[:, 1:] = cells.sum(axis=(2, 3)).cumsum(axis=1)
    r90 = [np.interp(0.9 * e[-1], e, edges) for e in enclosed]
    deepest = mesh.z_centres[cells.sum(axis=(1, 2)).argmax(axis=1)]
    return FastCheck(
        len(showers),
        Measured.mean(visible / showers.conditions.energy),
        Measured.mean(visible / total_deposit),
        Measured.mean(np.array(r90)),
        Measured.mean(deepest),
        Measured.mean(seconds),
    )


def fast_check(
    production: Production, *, geant4_data: Path | None = None, monitor: Monitor | None = None
) -> FastCheck:
    """Simulate the first showers of a production, without keeping them.

    Raises:
        CalobenchError: as :func:`~calobench.simulate.production.produce`.
    """
    short = dataclasses.replace(production, n=SHOWERS)
    shape = production.detector.mesh_geometry.shape
    clock = _Clock(monitor)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "showers.h5"
        produce(short, out, geant4_data=geant4_data, monitor=clock)
        with LemursFile(out, shape) as file:
            showers, total = file.read(), file.columns["total_deposit"]
    return summarise(showers, total, np.array(clock.seconds), production.detector.mesh_geometry)


class _Clock:
    """Keeps the time of every shower, and passes it on."""

    def __init__(self, monitor: Monitor | None) -> None:
        self._monitor = monitor
        self.seconds: list[float] = []

    def begin(self, done: int, total: int) -> None:
        if self._monitor:
            self._monitor.begin(done, total)

    def shower(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._monitor:
            self._monitor.shower(seconds)
