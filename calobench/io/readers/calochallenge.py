"""Data sets 2 and 3 of the CaloChallenge: flat showers whose energies were divided by 0.033.

``incident_energies`` (N, 1) MeV and ``showers`` (N, voxels) MeV, r fastest, then alpha, then layer.
The data sets have no angles: all particles enter at normal incidence, theta = pi / 2, phi = 0. Data set 1 has
the same layout with layers that are cut differently, which no mesh of calobench holds.
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
from calobench.showers import Conditions, Mesh

__all__ = ["FORMATS", "CaloChallengeFile"]

# By number of voxels. Radial and longitudinal cells: code/binning_dataset_2.xml and _3.xml of the challenge.
_MESHES = {6480: Mesh(4.65, 3.4, 9, 16, 45), 40500: Mesh(2.325, 3.4, 18, 50, 45)}
_DATASETS = {
    368: "data set 1 (photons)",
    533: "data set 1 (pions)",
    6480: "data set 2",
    40500: "data set 3",
}


class CaloChallengeFile(Hdf5ShowerFile):
    """A file of CaloChallenge data set 2 or 3, open for reading.

    Showers are given as in LEMURS: raw deposits in MeV, (N, R, PHI, Z). That is, what is read is
    multiplied by 0.033, the sampling fraction by which the challenge divided.

    Args:
        path: the file.
        sampling_fraction: what the energies in the file were divided by; None for 0.033.

    Raises:
        ShowerFileError: the file cannot be read or is neither data set.
    """

    format_name = "calochallenge"
    known_sampling_fraction = 0.033

    def __init__(self, path: str | Path, sampling_fraction: float | None = None) -> None:
        super().__init__(path, sampling_fraction=sampling_fraction)

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Whether an HDF5 file has the data sets of the CaloChallenge, and not those of LEMURS."""
        names = head.names
        return (
            head.is_hdf5
            and {"showers", "incident_energies"} <= names
            and "incident_energy" not in names
        )

    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        hint = ""
        if "incident_energy" in names_in(self._file, self.path):
            hint = "it looks like LEMURS, which needs no --format calochallenge"
        energies = open_dataset(self._file, "incident_energies", self.path, hint)
        row = (1,) if energies.ndim == 2 else ()
        self._require_shape("incident_energies", energies, row, "write one number per shower")
        showers = open_dataset(self._file, "showers", self.path)
        self._mesh = self._mesh_of(showers)
        self.shape = self._mesh.shape
        return {"showers": showers, "incident_energies": energies}

    def _mesh_of(self, showers: h5py.Dataset) -> Mesh:
        voxels = showers.shape[1] if showers.ndim == 2 else 0
        if voxels in _MESHES:
            return _MESHES[voxels]
        if voxels in _DATASETS:
            raise ShowerFileError(
                f"{self.path} is CaloChallenge {_DATASETS[voxels]}, whose layers are cut differently: no "
                "detector has such a mesh; score it with 'calobench run --protocol calochallenge'"
            )
        raise ShowerFileError(
            f"{self.path}: 'showers' has the shape {showers.shape}, it must be (N, 6480) or (N, 40500); give "
            "a file of CaloChallenge data set 2 or 3"
        )

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: an energy is impossible or cannot be read.
        """
        energy = self._column("incident_energies")
        conditions = Conditions(energy, np.full(len(energy), np.pi / 2), np.zeros(len(energy)))
        check_condition_values(conditions, self.path, ("incident_energies", "theta", "phi"))
        return conditions

    @property
    def mesh(self) -> Mesh:
        """The mesh of the data set, 3.4 mm deep."""
        return self._mesh

    def remarks(self) -> tuple[str, ...]:
        """What was noticed, and that the sampling fraction was undone, one line each."""
        voxels = int(np.prod(self.shape))
        return (
            f"{self.path.name}: CaloChallenge {_DATASETS[voxels]}; cell energies are multiplied by "
            f"{self.sampling_fraction:g}, the sampling fraction that they were divided by; all particles at "
            "theta = pi / 2, phi = 0",
            *super().remarks(),
        )

    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        n_r, n_phi, n_z = self.shape
        return rows.reshape(-1, n_z, n_phi, n_r).transpose(0, 3, 2, 1)


def _open(path: Path, reading: Reading) -> CaloChallengeFile:
    return CaloChallengeFile(path, reading.sampling_fraction)


FORMATS = (
    Format(
        name="calochallenge",
        description="HDF5 of the CaloChallenge, data sets 2 and 3",
        recognises=CaloChallengeFile.recognises,
        open=_open,
        endings=(".h5", ".hdf5"),
    ),
)
