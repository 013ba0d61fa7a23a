"""Data sets 2 and 3 of the CaloChallenge: flat showers whose energies were divided by 0.033.

The layout is that of :class:`~calobench.io.voxel_file.VoxelFile`. Data set 1 has it too, with layers that are
cut differently, which no mesh of calobench holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.format import Format
from calobench.io.head import FileHead
from calobench.io.reading import Reading
from calobench.io.voxel_file import VoxelFile
from calobench.showers import Mesh

__all__ = ["FORMATS", "CaloChallengeFile"]

# By number of voxels. Radial and longitudinal cells: code/binning_dataset_2.xml and _3.xml of the challenge.
_MESHES = {6480: Mesh(4.65, 3.4, 9, 16, 45), 40500: Mesh(2.325, 3.4, 18, 50, 45)}
_DATASETS = {
    368: "data set 1 (photons)",
    533: "data set 1 (pions)",
    6480: "data set 2",
    40500: "data set 3",
}


class CaloChallengeFile(VoxelFile):
    """A file of CaloChallenge data set 2 or 3, open for reading.

    Showers are given as in LEMURS: raw deposits in MeV, (N, R, PHI, Z). That is, what is read is
    multiplied by 0.033, the sampling fraction by which the challenge divided.

    Raises:
        ShowerFileError: the file cannot be read or is neither data set.
    """

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
        datasets = super()._open_datasets()
        self._mesh = self._mesh_of(datasets["showers"].shape[1])
        self.shape = self._mesh.shape
        return datasets

    def _mesh_of(self, voxels: int) -> Mesh:
        if voxels in _MESHES:
            return _MESHES[voxels]
        if voxels in _DATASETS:
            raise ShowerFileError(
                f"{self.path} is CaloChallenge {_DATASETS[voxels]}, whose layers are cut differently: no "
                "detector has such a mesh; score it with 'calobench run --protocol calochallenge'"
            )
        raise ShowerFileError(
            f"{self.path}: 'showers' has {voxels} voxels per shower; give a file of CaloChallenge data set "
            "2, which has 6480, or 3, which has 40500"
        )

    @property
    def mesh(self) -> Mesh:
        """The mesh of the data set, 3.4 mm deep."""
        return self._mesh

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers, and that the sampling fraction was undone, one line each."""
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
