"""Arrays of numpy: a ``.npz`` with showers and incident particles, or a ``.npy`` with these beside it.

The showers are the array ``showers``, or the only one with a row per shower; their axes and units are
declared (``--axes z,phi,r --unit GeV``) or told from mesh, energy range and sampling fraction of the
detector, and said. Incident particles are ``incident_energy`` (N,), ``incident_theta`` and ``incident_phi``
(N,) rad; an angle may be one number for all showers. Beside ``showers.npy`` they are ``incident_energy.npy``
and so on, in the same folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values, check_showers, response_warnings
from calobench.io.columns import require_counts_once
from calobench.io.format import Format
from calobench.io.guessing import tell_axes, tell_units
from calobench.io.head import FileHead
from calobench.io.numpy_arrays import StoredArray, array_of, arrays_in
from calobench.io.reading import Reading
from calobench.io.shower_file import ShowerFile, doubles, scaled
from calobench.showers import Conditions, Mesh

__all__ = ["FORMATS", "NumpyFile"]

_NPY, _ZIP = b"\x93NUMPY", b"PK\x03\x04"
# What incident energy and angles may be called; the first is the one to advise.
_ENERGY = ("incident_energy", "incident_energies", "energy", "energies")
_THETA = ("incident_theta", "theta")
_PHI = ("incident_phi", "phi")
# Showers from which units are told.
_LOOKED_AT = 200


class NumpyFile(ShowerFile):
    """Arrays of numpy, open for reading.

    Args:
        path: a ``.npz``, or a ``.npy`` of showers.
        reading: axes, units, and the detector whose mesh the showers are on.

    Raises:
        ShowerFileError: damaged, pickled, without incident particles, or axes or units that cannot be told.
    """

    format_name = "numpy"

    def __init__(self, path: Path, reading: Reading) -> None:
        super().__init__(path, reading.shape, reading.sampling_fraction)
        self._reading = reading
        self._arrays = _arrays(path)
        cells = self._find_showers()
        self.energy_name = cells.name
        self._length, self._type = cells.shape[0], cells.dtype
        self._axes = tell_axes(cells.shape[1:], reading, path)
        self._names = [self._find(names) for names in (_ENERGY, _THETA, _PHI)]
        if not self._length:
            raise ShowerFileError(f"{path} holds no showers; check how it was made")
        incident = self._column(self._names[0])
        check_condition_values(
            Conditions(incident, *np.zeros((2, len(incident)))), path, (*self._names[:1], "", "")
        )
        look = slice(0, _LOOKED_AT)
        cells_seen = doubles(self._rows[look]).reshape(len(incident[look]), -1)
        if not np.isfinite(cells_seen).all():
            check_showers(cells_seen.astype(np.float32), path, 0, cells.name)
        self._visible = cells_seen.sum(axis=1) * self.sampling_fraction
        self._units = tell_units(self._visible, incident[look], reading, path)

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Whether a file is an array of numpy, or an archive of arrays."""
        if head.start.startswith(_ZIP):
            arrays = {name for name in head.names if name.endswith(".npy")}
            return head.path.suffix == ".npz" or (bool(head.names) and arrays == head.names)
        return head.start.startswith(_NPY)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the file."""
        return self._type

    @property
    def mesh(self) -> Mesh | None:
        """Not stated: arrays say nothing of the size of cells."""
        return None

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: a value is impossible.
        """
        energy, theta, phi = (self._column(name) for name in self._names)
        conditions = Conditions(energy * self._units.incident, theta, phi)
        check_condition_values(conditions, self.path, self._names)
        return conditions

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Further numbers that the file holds for each shower, (N, ...) each."""
        used = {self.energy_name, *self._names}
        return {
            name: array.read()
            for name, array in self._arrays.items()
            if name not in used and array.dtype.kind in "fiub" and array.shape[:1] == (len(self),)
        }

    def require_unweighted(self) -> None:
        """Check that each shower counts, and counts once.

        Raises:
            ShowerFileError: the file has weights, or a selection.
        """
        for name, values in self.columns.items():
            require_counts_once(name, values, self.path)

    def remarks(self) -> tuple[str, ...]:
        """Guesses with their reasons, and remarks on the showers, one line each."""
        told = [self._axes.remark, self._units.remark]
        used = [self.energy_name, *self._names]
        if used != ["showers", _ENERGY[0], _THETA[0], _PHI[0]]:
            told.append("the arrays taken are {}, {}, {} and {}".format(*used))
        if not self._units.remark:
            look = slice(0, _LOOKED_AT)
            response = (
                self._visible.mean() * self._units.cells / self.conditions.energy[look].mean()
            )
            told += response_warnings(
                float(response), self.conditions[look], self._reading.detector
            )
        return (*(f"{self.path.name}: {one}" for one in told if one), *super().remarks())

    def __len__(self) -> int:
        """Number of showers."""
        return self._length

    @cached_property
    def _rows(self) -> NDArray[Any]:
        return self._arrays[self.energy_name].read()

    def _cells(self, rows: slice) -> NDArray[Any]:
        # A copy: what is read may be changed, a file that is mapped or kept may not.
        cells = np.array(self._axes.arranged(self._rows[rows], self.shape))
        return cells if self._units.cells == 1 else scaled(cells, self._units.cells)

    def _find_showers(self) -> StoredArray:
        """The array of showers: the one of that name, or the only one with a row per shower."""
        arrays = self._arrays
        known = {*_ENERGY, *_THETA, *_PHI}
        named = [arrays[name] for name in ("showers",) if name in arrays]
        fitting = named or [
            one for one in arrays.values()
            if one.name not in known and len(one.shape) in {2, 4} and one.shape[1] > 1
        ]  # fmt: skip
        if len(fitting) != 1:
            many = "several arrays" if fitting else "no array"
            raise ShowerFileError(
                f"{self.path} has {many} that may be showers, it holds {_listed(arrays)}; name the array of "
                "energies, (N, ...), 'showers'"
            )
        cells = fitting[0]
        if cells.dtype.kind not in "fiu" or len(cells.shape) < 2:
            raise ShowerFileError(
                f"{self.path}: '{cells.name}' has the shape {cells.shape} and the type {cells.dtype}; it "
                "must hold numbers, a row per shower"
            )
        return cells

    def _find(self, names: tuple[str, ...]) -> str:
        """The one array that has one of these names."""
        there = [name for name in self._arrays if name.casefold() in names]
        if len(there) == 1:
            return there[0]
        if there:
            raise ShowerFileError(
                f"{self.path} has {' and '.join(there)}, which may both be meant; leave only one in it"
            )
        unit = "rad, or one number for all" if names != _ENERGY else "of the incident particles"
        beside = f" into {names[0]}.npy beside it" if self.path.suffix == ".npy" else ""
        raise ShowerFileError(
            f"{self.path} has no '{names[0]}', it holds {_listed(self._arrays)}; write one number per "
            f"shower, {unit},{beside or ' into it'}"
        )

    def _column(self, name: str) -> NDArray[np.float64]:
        array = self._arrays[name]
        n = self._length
        is_angle = name.casefold() not in _ENERGY
        if array.dtype.kind not in "fiu" or array.shape not in {(n,), (n, 1)}:
            if is_angle and array.dtype.kind in "fiu" and array.shape in {(), (1,)}:
                return np.full(n, doubles(array.read()))
            raise ShowerFileError(
                f"{self.path}: '{name}' has the shape {array.shape} and the type {array.dtype} beside {n} "
                "showers; write one number per shower"
            )
        return doubles(array.read()).reshape(n)


def _arrays(path: Path) -> Mapping[str, StoredArray]:
    with path.open("rb") as stream:
        is_archive = stream.read(4) == _ZIP
    if is_archive:
        return arrays_in(path)
    beside = [path.parent / f"{name}.npy" for name in (*_ENERGY, *_THETA, *_PHI)]
    arrays = {place.stem: array_of(place) for place in beside if place.is_file() and place != path}
    return {"showers": array_of(path)._replace(name="showers"), **arrays}


def _listed(arrays: Mapping[str, StoredArray]) -> str:
    return ", ".join(f"'{one.name}' {one.shape}" for one in list(arrays.values())[:10]) or "nothing"


FORMATS = (
    Format(
        name="numpy",
        description="arrays of numpy, .npz or .npy",
        recognises=NumpyFile.recognises,
        open=NumpyFile,
        takes=frozenset({"axes", "unit"}),
        endings=(".npz", ".npy"),
    ),
)
