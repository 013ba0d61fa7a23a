"""Guesses of what a file of showers does not state; where they are not certain, the user is asked."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.reading import MEV_PER, Reading

__all__ = ["MESH_AXES", "Axes", "Units", "tell_axes", "tell_units"]

MESH_AXES = ("r", "phi", "z")

# A sample in the wrong unit is off by a thousand; Geant4 and any model by far less than this.
_MAX_FACTOR = 3.0
_SLACK = 1e-6


class Axes(NamedTuple):
    """Order of the axes of a shower.

    Attributes:
        names: a permutation of r, phi and z, the slowest first.
        remark: what was guessed and why; empty if it was declared.
    """

    names: tuple[str, ...]
    remark: str

    def arranged(self, rows: NDArray[np.number], shape: tuple[int, int, int]) -> NDArray[np.number]:
        """Showers (n, ...) with these axes, flat or not, turned to (n, R, PHI, Z)."""
        sizes = dict(zip(MESH_AXES, shape, strict=True))
        cells = rows.reshape(-1, *(sizes[name] for name in self.names))
        return cells.transpose(0, *(1 + self.names.index(name) for name in MESH_AXES))


class Units(NamedTuple):
    """Units of a file's energies.

    Attributes:
        cells: energies of cells times this are MeV.
        incident: incident energies times this are MeV.
        remark: what was guessed and why; empty if it was declared.
    """

    cells: float
    incident: float
    remark: str


def tell_axes(row: tuple[int, ...], reading: Reading, path: Path) -> Axes:
    """The order of the axes of one shower.

    Args:
        row: shape of one shower in the file: three axes, or flat.
        reading: the axes that are declared, and the detector's mesh.
        path: the file, for messages.

    Raises:
        ShowerFileError: they do not fit the mesh, or several orders do.
    """
    shape = reading.shape
    owner = "LEMURS" if reading.detector is None else reading.detector.name
    mesh = f"the mesh of {owner} has (r, phi, z) = {shape}"
    if reading.axes is not None and sorted(reading.axes) != sorted(MESH_AXES):
        raise ShowerFileError(
            f"--axes {','.join(reading.axes)}: name each of r, phi and z once for the arrays of {path}, the "
            "slowest first, such as z,phi,r"
        )
    if int(np.prod(row)) != int(np.prod(shape)) or len(row) not in {1, 3}:
        raise ShowerFileError(
            f"{path}: one shower has the shape {row}, {mesh}; give the --detector that it was made for"
        )
    if reading.axes is None and len(row) == 1:
        raise ShowerFileError(
            f"{path}: a flat shower of {row[0]} cells does not say how they lie; give --axes, the slowest "
            "first: --axes r,phi,z if it was made of (r, phi, z), --axes z,phi,r if r runs fastest"
        )
    orders = itertools.permutations(MESH_AXES) if reading.axes is None else [reading.axes]
    sizes = dict(zip(MESH_AXES, shape, strict=True))
    fitting = [
        names for names in orders if len(row) == 1 or tuple(sizes[name] for name in names) == row
    ]
    if not fitting:
        asked = f" with --axes {','.join(reading.axes)}" if reading.axes else ""
        raise ShowerFileError(
            f"{path}: one shower has the shape {row}, {mesh}, which it does not fit{asked}; correct "
            "--axes or --detector"
        )
    if len(fitting) > 1:
        listed = " or ".join(",".join(names) for names in fitting)
        raise ShowerFileError(
            f"{path}: one shower has the shape {row}, {mesh}: its axes may be {listed}; say which with --axes"
        )
    guessed = f"axes are taken to be {','.join(fitting[0])}, the only order that fits: {mesh}"
    return Axes(fitting[0], "" if reading.axes is not None else guessed)


def tell_units(
    visible: NDArray[np.floating], incident: NDArray[np.floating], reading: Reading, path: Path
) -> Units:
    """The units of the energies of cells and of the incident energies.

    Args:
        visible: energies of some showers, all cells together, as in the file, (n,).
        incident: their incident energies, as in the file, (n,).
        reading: the units that are declared, and the detector.
        path: the file, for messages.

    Raises:
        ShowerFileError: the detector is not named, no units fit it, or several do.
    """
    if reading.unit is not None and reading.incident_unit is not None:
        return Units(MEV_PER[reading.unit], MEV_PER[reading.incident_unit], "")
    detector = reading.detector
    if detector is None:
        raise ShowerFileError(
            f"{path} does not say in what unit its energies are; give --unit MeV or GeV, or --detector, "
            "by which it may be told"
        )
    low, high = detector.energy_range_mev
    response = float(visible.mean() / incident.mean())
    span = f"{incident.min():.4g} to {incident.max():.4g}"
    inside = [
        unit
        for unit, mev in MEV_PER.items()
        if incident.min() * mev >= low * (1 - _SLACK)
        and incident.max() * mev <= high * (1 + _SLACK)
    ]
    fitting = [
        (cells, unit)
        for cells, unit in itertools.product(MEV_PER, inside)
        if 1 / _MAX_FACTOR
        < response * MEV_PER[cells] / MEV_PER[unit] / detector.sampling_fraction
        < _MAX_FACTOR
    ]
    known = (
        f"incident energies go from {span} and visible / incident energy is {response:.3g} as they stand, "
        f"{detector.name} has {low:g} to {high:g} MeV and {detector.sampling_fraction:g}"
    )
    if len(fitting) != 1:
        raise ShowerFileError(
            f"{path} does not say in what unit its energies are, and it cannot be told ({known}); give "
            "--unit MeV or GeV, or two for cells and incident energies, such as MeV,GeV"
        )
    ((cells, unit),) = fitting
    return Units(
        MEV_PER[cells],
        MEV_PER[unit],
        f"energies of cells are taken to be in {cells} and incident energies in {unit}: {known}",
    )
