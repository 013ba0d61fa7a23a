"""Data set 2 of the CaloChallenge: flat showers whose energies were divided by 0.033.

``incident_energies`` (N, 1) MeV and ``showers`` (N, 6480) MeV, r fastest, then alpha, then layer.
The data set has no angles: all particles enter at normal incidence, theta = pi / 2, phi = 0.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.hdf5 import names_in, open_dataset
from calobench.io.shower_file import LEMURS_SHAPE, ShowerFile
from calobench.showers import Conditions, Mesh

__all__ = ["FORMAT", "CaloChallengeFile"]

_MESH = Mesh(4.65, 3.4, *LEMURS_SHAPE)
_OTHER_DATASETS = {368: "data set 1 (photons)", 533: "data set 1 (pions)", 40500: "data set 3"}


class CaloChallengeFile(ShowerFile):
    """A file of CaloChallenge data set 2, open for reading.

    Showers are given as in LEMURS: raw deposits in MeV, (N, R, PHI, Z). That is, what is read is
    multiplied by 0.033, the sampling fraction by which the challenge divided.

    Raises:
        ShowerFileError: the file cannot be read or is not data set 2.
    """

    format_name = "calochallenge"
    known_sampling_fraction = 0.033

    @staticmethod
    def recognises(names: Collection[str]) -> bool:
        """Whether a file with data sets of these names looks like CaloChallenge."""
        return {"showers", "incident_energies"} <= set(names)

    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        hint = ""
        if "incident_energy" in names_in(self._file, self.path):
            hint = "it looks like LEMURS, which needs no --from calochallenge"
        energies = open_dataset(self._file, "incident_energies", self.path, hint)
        row = (1,) if energies.ndim == 2 else ()
        self._require_shape("incident_energies", energies, row, "write one number a shower")
        showers = open_dataset(self._file, "showers", self.path)
        other = _OTHER_DATASETS.get(showers.shape[1]) if showers.ndim == 2 else None
        if other:
            raise ShowerFileError(
                f"{self.path} is CaloChallenge {other}; only data set 2 has the mesh of LEMURS: "
                "give one of its files, or score this one with 'calobench run --protocol calochallenge'"
            )
        voxels = (int(np.prod(self.shape)),)
        self._require_shape("showers", showers, voxels, "give a file of CaloChallenge data set 2")
        return {"showers": showers, "incident_energies": energies}

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: an energy is impossible or cannot be read.
        """
        energy = self._column("incident_energies")
        found = Conditions(energy, np.full(len(energy), np.pi / 2), np.zeros(len(energy)))
        check_condition_values(found, self.path, ("incident_energies", "theta", "phi"))
        return found

    @property
    def mesh(self) -> Mesh:
        """The mesh of data set 2, 4.65 mm x 3.4 mm."""
        return _MESH

    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        n_r, n_phi, n_z = self.shape
        return rows.reshape(-1, n_z, n_phi, n_r).transpose(0, 3, 2, 1)


FORMAT = CaloChallengeFile
