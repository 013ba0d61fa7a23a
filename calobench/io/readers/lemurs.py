"""The HDF5 layout of LEMURS: ``showers`` (N, R, PHI, Z), ``incident_energy``, ``_theta``, ``_phi``.

Energies are raw deposits in MeV, angles in rad. The attributes ``detector``, ``mesh_dr_mm``,
``mesh_dz_mm`` and ``geant4`` are read where a file has them and always written when known. Packed files hold
the showers as :mod:`calobench.io.sparse_cells` says; all else is the same.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.format import Format
from calobench.io.hdf5 import names_in, open_dataset
from calobench.io.hdf5_file import Hdf5ShowerFile
from calobench.io.head import FileHead
from calobench.io.reading import Reading
from calobench.io.sparse_cells import NAMES as SPARSE
from calobench.io.sparse_cells import SparseCells
from calobench.showers import Conditions, Mesh

__all__ = ["CONDITIONS", "FORMATS", "LemursFile"]

CONDITIONS = ("incident_energy", "incident_theta", "incident_phi")


class LemursFile(Hdf5ShowerFile):
    """A file in the LEMURS layout, open for reading.

    Raises:
        ShowerFileError: the file cannot be read or does not have the LEMURS layout.
    """

    format_name = "lemurs"

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Whether an HDF5 file has the data sets of LEMURS, packed or not."""
        cells = {"showers"} if "showers" in head.names else set(SPARSE)
        return head.is_hdf5 and cells | {"incident_energy"} <= head.names

    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        hint = ""
        names = names_in(self._file, self.path)
        if "incident_energies" in names:
            hint = "it looks like CaloChallenge: leave --format out, or give --format calochallenge"
        # The conditions come first: a CaloChallenge file has 'showers' too.
        columns = {name: open_dataset(self._file, name, self.path, hint) for name in CONDITIONS}
        for name, dataset in columns.items():
            self._require_shape(name, dataset, (), "write one number per shower")
        if "showers" not in names and SPARSE[0] in names:
            return {"showers": SparseCells(self._file, self.path, self.shape), **columns}
        showers = open_dataset(self._file, "showers", self.path)
        self._require_shape("showers", showers, self.shape, self._shape_hint(showers))
        return {"showers": showers, **columns}

    def _shape_hint(self, showers: h5py.Dataset) -> str:
        row = (showers.shape or ())[1:]
        if row == (np.prod(self.shape),):
            return "flat showers look like CaloChallenge, whose incident energies are 'incident_energies'"
        if sorted(row) == sorted(self.shape):
            return "transpose the axes to (shower, r, phi, z)"
        return "use the detector YAML with the mesh that the sample was made on"

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: a value is impossible or cannot be read.
        """
        conditions = Conditions(*(self._column(name) for name in CONDITIONS))
        check_condition_values(conditions, self.path, CONDITIONS)
        return conditions

    @cached_property
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if the file does not state its cell size.

        Raises:
            ShowerFileError: the cell size is not a positive number.
        """
        sizes = [self.attributes.get(name) for name in ("mesh_dr_mm", "mesh_dz_mm")]
        if any(size is None for size in sizes):
            return None
        try:
            dr, dz = (float(np.asarray(size).item()) for size in sizes)
        except (TypeError, ValueError):
            dr = dz = np.nan
        if not (0 < dr < np.inf and 0 < dz < np.inf):
            raise ShowerFileError(
                f"{self.path}: attributes 'mesh_dr_mm' and 'mesh_dz_mm' are {sizes[0]} and "
                f"{sizes[1]}; they must be positive numbers, mm"
            )
        return Mesh(dr, dz, *self.shape)

    @property
    def stored_showers(self) -> h5py.Dataset | None:
        """The data set of showers as it lies in the file; None of a packed file."""
        showers = self._datasets["showers"]
        return None if isinstance(showers, SparseCells) else showers

    def _is_column(self, name: str) -> bool:
        return name not in SPARSE and super()._is_column(name)

    def _stored(self, rows: slice) -> NDArray[Any]:
        showers = self._datasets["showers"]
        return showers.read(rows) if isinstance(showers, SparseCells) else super()._stored(rows)

    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        return rows


def _open(path: Path, reading: Reading) -> LemursFile:
    return LemursFile(path, reading.shape, reading.sampling_fraction)


FORMATS = (
    Format(
        name="lemurs",
        description="HDF5 in the layout of LEMURS, packed or not",
        recognises=LemursFile.recognises,
        open=_open,
        endings=(".h5", ".hdf5", ".hdf", ".he5"),
    ),
)
