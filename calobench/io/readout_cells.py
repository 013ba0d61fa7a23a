"""Readout cells beside the showers of a LEMURS file.

``cells_ptr`` (N + 1,) says which rows of ``cells_layer_y_z`` (H, 3) int16 (layer and two indices in it)
and ``cells_energy`` (H,) MeV belong to which shower. ``vertex_yz`` (N, 2) mm is where the photon enters,
or the mid-point of two photons ``separation`` (N,) mm apart; ``incident_energy`` is then the energy of
each, and ``second_energy`` (N,) MeV that of the second where it differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.hdf5 import names_in, open_dataset, open_hdf5, read_rows
from calobench.placement.events import ReadoutEvents, Truth
from calobench.showers import Conditions

__all__ = ["has_readout_cells", "read_readout_events"]

_CELLS = ("cells_ptr", "cells_layer_y_z", "cells_energy")
_CONDITIONS = ("incident_energy", "incident_theta", "incident_phi")
_HINT = "simulate with calobench simulate --readout to have readout cells in the file"


def has_readout_cells(path: str | Path) -> bool:
    """Whether a file holds readout cells.

    Raises:
        ShowerFileError: the file is missing or damaged.
    """
    with open_hdf5(Path(path)) as file:
        return set(_CELLS) <= set(names_in(file, Path(path)))


def read_readout_events(path: str | Path) -> ReadoutEvents:
    """Read all events of a file with readout cells.

    Raises:
        ShowerFileError: the file is missing or damaged, has no readout cells, or they are impossible.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        ptr, cells, energy = (_read(file, name, path, _HINT) for name in _CELLS)
        truth = _truth(file, path)
    if cells.ndim != 2 or cells.shape[1] != 3 or cells.dtype.kind not in "iu":
        raise ShowerFileError(
            f"{path}: 'cells_layer_y_z' has the shape {cells.shape} and the type {cells.dtype}; "
            "write whole numbers (layer, y, z), one row per cell"
        )
    if energy.ndim != 1:
        raise ShowerFileError(
            f"{path}: 'cells_energy' has the shape {energy.shape}; write one energy per cell"
        )
    energy = energy.astype(np.float64)
    _require_at_least(0, energy, "cells_energy", path)
    if ptr.dtype.kind not in "iu":
        raise ShowerFileError(
            f"{path}: 'cells_ptr' holds values of type {ptr.dtype}; write whole numbers"
        )
    if ptr.shape != (len(truth) + 1,):
        raise ShowerFileError(
            f"{path}: 'cells_ptr' has {ptr.size} values for {len(truth)} showers; "
            "write one more than there are showers"
        )
    try:
        layer, i, j = cells.astype(np.int64).T
        return ReadoutEvents(ptr.astype(np.int64), layer, i, j, energy, truth)
    except ShowerFileError as error:
        raise ShowerFileError(f"{path}: {error}") from error


def _truth(file: h5py.File, path: Path) -> Truth:
    names = set(names_in(file, path))
    conditions = Conditions(
        *(_read(file, name, path).astype(np.float64).reshape(-1) for name in _CONDITIONS)
    )
    check_condition_values(conditions, path, _CONDITIONS)
    n = len(conditions)

    def column(name: str, row: tuple[int, ...] = (), least: float = -np.inf) -> NDArray[np.float64]:
        if name not in names:
            return np.zeros((n, *row))
        values = _read(file, name, path).astype(np.float64)
        if values.shape != (n, *row):
            raise ShowerFileError(
                f"{path}: '{name}' has the shape {values.shape}; write {(n, *row)}, one row per shower"
            )
        _require_at_least(least, values, name, path)
        return values

    energies = conditions.energy[:, None]
    entrances = column("vertex_yz", (2,))[:, None]
    if "separation" in names:
        second = column("second_energy", least=0) if "second_energy" in names else conditions.energy
        energies = np.stack([conditions.energy, second], axis=1)
        half = column("separation", least=0)[:, None, None] / 2 * [0.0, 1.0]
        entrances = np.concatenate([entrances - half, entrances + half], axis=1)
    return Truth(energies, entrances, conditions.theta, conditions.phi)


def _require_at_least(least: float, values: NDArray[np.float64], name: str, path: Path) -> None:
    bad = np.argwhere(~(np.isfinite(values) & (values >= least)))
    if len(bad):
        rule = "finite" if np.isinf(least) else "finite and not negative"
        raise ShowerFileError(
            f"{path}: '{name}' holds {values[tuple(bad[0])]:g} in row {bad[0, 0]}; "
            f"values must be {rule}: mend or remove such events"
        )


def _read(file: h5py.File, name: str, path: Path, hint: str = "") -> NDArray[Any]:
    return read_rows(open_dataset(file, name, path, hint), slice(None), path)
