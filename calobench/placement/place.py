"""From showers on the mesh, or deposits at points, to cells of the readout."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE, cell_number
from calobench.detectors import DetectorSpec
from calobench.detectors.stack import Periods
from calobench.errors import ConditionsError, MeshMismatchError
from calobench.placement.cells import Readout
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.sampling import DEFAULT_METHOD, MeshPoints, mesh_points
from calobench.showers import Showers
from calobench.showers.frame import mesh_axes

__all__ = ["PointDeposits", "gather", "place", "sheet_points", "stack_points"]


class PointDeposits(NamedTuple):
    """Energy at points of the stack frame, each relative to where its particle enters.

    Attributes:
        event: index of the event, (S,).
        position: x, y, z relative to the entrance, mm, (S, 3).
        entrance: where the particle enters the face, (y, z), mm, (S, 2).
        energy: MeV, (S,).
    """

    event: NDArray[np.intp]
    position: NDArray[np.float64]
    entrance: NDArray[np.float64]
    energy: NDArray[np.float64]


def place(
    showers: Showers,
    readout: Readout,
    entrances: NDArray[np.float64] | None = None,
    *,
    method: str = DEFAULT_METHOD,
    points: int = 1,
    seed: int = 1,
    keys: NDArray[np.intp] | None = None,
) -> ReadoutEvents:
    """Place one shower an event into the cells of the readout.

    Energy is put at points inside its mesh cell (see :mod:`calobench.placement.sampling`), moved along the
    particle to the active sheet that it must come from, and added to the readout cell that is there.
    The energy of an event is exactly that of its shower: in cells, or, where the mesh reaches beyond the
    readout, in ``outside``.

    Args:
        showers: N showers on the detector's mesh.
        readout: the cells.
        entrances: where each particle enters the face, (y, z), mm, (N, 2); None for the middle of a cell.
        method: see :mod:`calobench.placement.sampling`.
        points: random points per cell.
        seed: of the random points.
        keys: one whole number per shower, (N,), that picks its random points; None counts from 0.

    Raises:
        MeshMismatchError: the showers are not on the detector's mesh.
        ConditionsError: an entrance is beyond the end of the readout, or fewer than one point.
        UnknownNameError: there is no such method.
    """
    if entrances is None:
        entrances = np.zeros((len(showers), 2))
    incident = showers.conditions
    truth = Truth(incident.energy[:, None], entrances[:, None], incident.theta, incident.phi)
    deposits = stack_points(
        showers, readout, entrances, method=method, points=points, seed=seed, keys=keys
    )
    return gather(deposits, readout, truth)


def stack_points(
    showers: Showers,
    readout: Readout,
    entrances: NDArray[np.float64],
    *,
    method: str = DEFAULT_METHOD,
    points: int = 1,
    seed: int = 1,
    keys: NDArray[np.intp] | None = None,
) -> PointDeposits:
    """The energy of showers at points of the stack frame; arguments and errors as :func:`place`."""
    detector = readout.detector
    if showers.energy.shape[1:] != detector.mesh_geometry.shape:
        raise MeshMismatchError(
            f"showers of shape {showers.energy.shape[1:]} are not on the mesh of {detector.name}, "
            f"{detector.mesh_geometry}; give the detector that they were made for"
        )
    beyond = np.abs(entrances[:, 1]) > readout.half_length_mm
    if beyond.any():
        raise ConditionsError(
            f"a photon enters at z = {entrances[beyond.argmax(), 1]:g} mm, the readout of "
            f"{detector.name} ends at {readout.half_length_mm:g} mm; bring the photons closer together "
            "or nearer to the middle"
        )
    azimuth = detector.staves.azimuth(showers.conditions.phi)
    on_sheets = sheet_points(
        showers, detector, azimuth, method=method, points=points, seed=seed, keys=keys
    )
    return PointDeposits(
        on_sheets.shower, on_sheets.position, entrances[on_sheets.shower], on_sheets.energy
    )


def sheet_points(
    showers: Showers,
    detector: DetectorSpec,
    azimuth: NDArray[np.float64],
    *,
    method: str = DEFAULT_METHOD,
    points: int = 1,
    seed: int = 1,
    keys: NDArray[np.intp] | None = None,
) -> MeshPoints:
    """The energy of showers at points of the active sheets, relative to where their particles enter.

    Args:
        showers: N showers on the detector's mesh.
        detector: its layers and mesh; it needs no readout cells.
        azimuth: of each particle relative to the normal of the layers, rad, (N,).
        method: see :mod:`calobench.placement.sampling`.
        points: random points per cell.
        seed: of the random points.
        keys: as for :func:`place`.

    Returns:
        Points in the stack frame, mm.

    Raises:
        ConditionsError: fewer than one point.
        UnknownNameError: there is no such method.
    """
    mesh = detector.mesh_geometry
    in_mesh = mesh_points(showers, mesh, method, points=points, seed=seed, keys=keys)
    axes = mesh_axes(showers.conditions.theta, azimuth)[in_mesh.shower]
    position = np.einsum("si,sij->sj", in_mesh.position, axes)
    layer_middle = (cell_number(in_mesh.position[:, 2] / mesh.dz_mm) + 0.5) * mesh.dz_mm
    to_middle = layer_middle - in_mesh.position[:, 2]
    return in_mesh._replace(
        position=_onto_sheets(position, axes[:, 2], to_middle, Periods.of(detector), mesh.dz_mm)
    )


def _onto_sheets(
    position: NDArray[np.float64],
    along: NDArray[np.float64],
    to_middle: NDArray[np.float64],
    periods: Periods,
    layer_mm: float,
) -> NDArray[np.float64]:
    """Move points along the particle to the active sheet that their energy must come from.

    Energy is only ever deposited in active sheets. On a line along the particle, a cell of the mesh may
    hold several of them: the one nearest to the point is taken; or none: then it is the one nearest to the
    middle of the cell. Points of cells that reach no sheet at all stay where they are.

    Args:
        position: stack frame, mm, (S, 3).
        along: direction of the particle, (S, 3).
        to_middle: distance along it to the middle of the mesh layer, mm, (S,).
        periods: where the sheets are.
        layer_mm: thickness of a mesh layer along the particle, mm.
    """
    half = along[:, 0] * layer_mm / 2
    middle = position[:, 0] + to_middle * along[:, 0]
    # A sheet where two cells meet belongs to the second, one as near as another to the one behind.
    low, high = (periods.sheets_from(middle + edge) for edge in (-half, half))
    number = np.where(
        high > low,
        np.clip(periods.nearest(position[:, 0]), low, high - 1),
        periods.nearest(middle),
    )
    sheet = periods.sheets_mm[number]
    reached = np.abs(sheet - middle) < half + periods.widths_mm[number] * (0.5 - TOLERANCE)
    distance = np.where(reached, (sheet - position[:, 0]) / along[:, 0], 0.0)
    return np.asarray(position + distance[:, None] * along)


def gather(deposits: PointDeposits, readout: Readout, truth: Truth) -> ReadoutEvents:
    """Add up deposits in the cells of each event.

    Args:
        deposits: of all N events.
        readout: the cells.
        truth: what was shot, (N,).
    """
    n = len(truth)
    layer, i, j, inside = readout.cells(deposits.position, deposits.entrance)
    lost = ~inside
    outside = np.bincount(deposits.event[lost], weights=deposits.energy[lost], minlength=n).astype(
        np.float64
    )
    cells = np.stack([layer, i, j])[:, inside]
    event, energy = deposits.event[inside], deposits.energy[inside]
    return ReadoutEvents.from_cells(event, cells, energy, truth, outside)
