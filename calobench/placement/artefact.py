"""Effect of the detour through the mesh on the cells: the same showers placed and deposited directly."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.placement.cells import Readout
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents

__all__ = ["Shift", "artefact", "readout_observables"]

Floats = NDArray[np.float64]


class Shift(NamedTuple):
    """One observable of single showers, directly and through the mesh.

    Attributes:
        name: of the observable.
        unit: empty for a pure number.
        direct: mean over the showers as Geant4 deposits them in the cells.
        placed: mean over the same showers placed from the mesh.
        difference: mean of placed - direct.
        error: standard error of ``difference``; both are the same showers, so it is small.
        spread: standard deviation of the difference from shower to shower.
        n: number of showers.
    """

    name: str
    unit: str
    direct: float
    placed: float
    difference: float
    error: float
    spread: float
    n: int


def artefact(
    direct: ReadoutEvents,
    placed: ReadoutEvents,
    readout: Readout,
    *,
    threshold_mev: float | None = None,
    within_mm: float | None = None,
) -> tuple[Shift, ...]:
    """Compare showers deposited directly with the same showers placed from the mesh.

    Args:
        direct: N events of one photon as Geant4 deposits them.
        placed: the same events through the mesh.
        readout: their cells.
        threshold_mev: instead of the readout's own.
        within_mm: cells further from the photon are left out, as the mesh does not reach them; None for
            the reach of the mesh.

    Raises:
        ShowerFileError: these are not the same events, or have more than one photon.
    """
    if direct.truth.photons != 1 or not np.array_equal(
        direct.truth.entrances, placed.truth.entrances
    ):
        raise ShowerFileError(
            "the artefact of placement needs the same events of one photon twice; place the showers "
            "with the entrances of the direct ones"
        )
    before, after = (
        readout_observables(events, readout, threshold_mev=threshold_mev, within_mm=within_mm)
        for events in (direct, placed)
    )
    return tuple(_shift(key, before[key], after[key]) for key in before)


def _shift(key: tuple[str, str], direct: Floats, placed: Floats) -> Shift:
    # An event without cells has no width or position; it counts for the rest.
    both = np.isfinite(direct) & np.isfinite(placed)
    n, change = int(both.sum()), (placed - direct)[both]
    spread = float(change.std(ddof=1)) if n > 1 else float("nan")
    return Shift(
        *key,
        direct=float(direct[both].mean()),
        placed=float(placed[both].mean()),
        difference=float(change.mean()),
        error=spread / np.sqrt(n),
        spread=spread,
        n=n,
    )


def readout_observables(
    events: ReadoutEvents,
    readout: Readout,
    *,
    threshold_mev: float | None = None,
    within_mm: float | None = None,
) -> dict[tuple[str, str], Floats]:
    """Observables of single showers in the cells, one number per event each.

    Args:
        events: N events of one photon, as deposited.
        readout: their cells.
        threshold_mev: instead of the readout's own.
        within_mm: cells further from the photon are left out; None for the reach of the mesh.

    Returns:
        By name and unit, (N,); NaN where an event has no cells to tell.
    """
    mesh = readout.detector.mesh_geometry
    reach = mesh.n_r * mesh.dr_mm if within_mm is None else within_mm
    events = digitise(events, readout, threshold_mev=threshold_mev)
    offset = readout.seen(events) - events.truth.entrances[events.event, 0]
    near = np.hypot(*offset.T) < reach
    events, offset = events.with_cells(near), offset[near]
    distance = np.hypot(*offset.T)
    energy, total = events.energy, events.total
    hottest = np.zeros(len(events))
    np.maximum.at(hottest, events.event, energy)
    pitch = max(readout.pitch_mm)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = {
            ("visible energy", "MeV"): total,
            ("cells above threshold", ""): np.diff(events.ptr).astype(np.float64),
            ("energy in the hottest cell", "MeV"): hottest,
            ("rms distance from the photon", "mm"): np.sqrt(
                events.sum(energy * distance**2) / total
            ),
            ("mean position across the beam", "mm"): events.sum(energy * offset[:, 0]) / total,
            ("mean position along the beam", "mm"): events.sum(energy * offset[:, 1]) / total,
        }
        edges = [0.0, 0.5, 1.0, 2.0, 4.0, np.inf]
        for low, high in pairwise(edges):
            ring = (distance >= low * pitch) & (distance < high * pitch)
            label = (
                f"energy {low:g} to {high:g} cells away"
                if high < np.inf
                else f"energy beyond {low:g} cells"
            )
            values[f"fraction of {label}", ""] = events.sum(energy * ring) / total
    return values
