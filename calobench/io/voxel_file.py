"""Files of the CaloChallenge, of any of its data sets: a row of voxels per shower, and incident energies."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.hdf5 import names_in, open_dataset
from calobench.io.hdf5_file import Hdf5ShowerFile
from calobench.showers import Conditions, Mesh

__all__ = ["VoxelFile"]


class VoxelFile(Hdf5ShowerFile):
    """A file of the CaloChallenge, open for reading row by row; see :class:`Hdf5ShowerFile`.

    ``incident_energies`` (N, 1) MeV and ``showers`` (N, voxels) MeV, r fastest, then alpha, then layer.
    There are no angles: all particles enter at normal incidence, theta = pi / 2, phi = 0.

    Args:
        path: the file.
        sampling_fraction: what the energies in the file were divided by; None for 0.033.
        hint: how to mend a file that is of something else.

    Raises:
        ShowerFileError: the file cannot be read, or does not have the layout of the challenge.
    """

    format_name = "calochallenge"
    known_sampling_fraction = 0.033

    def __init__(
        self, path: str | Path, sampling_fraction: float | None = None, hint: str = ""
    ) -> None:
        self._hint = hint
        super().__init__(path, sampling_fraction=sampling_fraction)

    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        hint = self._hint
        if "incident_energy" in names_in(self._file, self.path):
            hint = "it looks like LEMURS, which needs no --format calochallenge"
        energies = open_dataset(self._file, "incident_energies", self.path, hint)
        row = (1,) if energies.ndim == 2 else ()
        self._require_shape("incident_energies", energies, row, "write one number per shower")
        showers = open_dataset(self._file, "showers", self.path, hint)
        if showers.ndim != 2:
            raise ShowerFileError(
                f"{self.path}: 'showers' has the shape {showers.shape}, it must be (N, voxels); flatten each "
                "shower, r fastest, then alpha, then layer"
            )
        return {"showers": showers, "incident_energies": energies}

    @property
    def voxels(self) -> int:
        """Voxels of a shower."""
        return int(self.dataset.shape[1])

    @property
    def dataset(self) -> h5py.Dataset:
        """The showers as they lie in the file, (N, voxels)."""
        return self._datasets["showers"]

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
    def mesh(self) -> Mesh | None:
        """None: layers may be cut differently."""
        return None

    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        raise NotImplementedError("voxels of layers that are cut differently fit no mesh")
