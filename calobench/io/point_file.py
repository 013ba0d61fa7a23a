"""Files of points, such as hits of a detector, whose energies are summed into the cells of its mesh."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.io.checks import check_showers
from calobench.io.noticed import Noticed
from calobench.io.reading import Reading
from calobench.io.shower_file import ShowerFile
from calobench.showers import Mesh
from calobench.showers.scoring import score

__all__ = ["Cloud", "PointFile"]


# No detector is as large; whole numbers of cells would overflow.
_FAR_MM = 1e9


class Cloud(NamedTuple):
    """The points of one shower.

    Attributes:
        positions: mm from where the particle enters, in the frame of the angles, (P, 3).
        energy: of each point, MeV, (P,).
        theta: polar angle of the particle, rad.
        azimuth: its azimuth, rad.
    """

    positions: NDArray[np.float64]
    energy: NDArray[np.float64]
    theta: float
    azimuth: float


class PointFile(ShowerFile):
    """A file of points, open for reading; what lies outside of the mesh is left out, and said.

    Args:
        path: the file.
        reading: the detector, whose mesh the points are summed in.

    Raises:
        ShowerFileError: no detector is named.
    """

    energy_name = "energies of points"
    # Python loops over showers: threads would wait for each other.
    threads: ClassVar[int | None] = 1

    def __init__(self, path: Path, reading: Reading) -> None:
        if reading.detector is None:
            raise ShowerFileError(
                f"{path} holds points, and no mesh: give the detector, in whose mesh they are summed, with "
                "--detector"
            )
        super().__init__(path, reading.shape, reading.sampling_fraction)
        self._spec: DetectorSpec = reading.detector

    @abstractmethod
    def _clouds(self, rows: slice) -> Iterator[Cloud]:
        """The points of some consecutive showers."""

    @property
    def mesh(self) -> Mesh:
        """The detector's own."""
        return self._spec.mesh_geometry

    def _cells(self, rows: slice) -> NDArray[Any]:
        energy = np.zeros((len(range(*rows.indices(len(self)))), *self.shape), np.float32)
        for row, (shower, cloud) in enumerate(zip(energy, self._clouds(rows), strict=True)):
            check_showers(
                cloud.energy.astype(np.float32)[None], self.path, rows.start + row, self.energy_name
            )
            if not (np.abs(cloud.positions) < _FAR_MM).all():  # NaN is not
                raise ShowerFileError(
                    f"{self.path}: a position in shower {rows.start + row} is NaN or beyond any detector; "
                    "mend or remove such showers"
                )
            shower[...] = score(
                cloud.positions, cloud.energy, cloud.theta, cloud.azimuth, self.mesh
            )
            total = float(cloud.energy.sum())
            outside = total - float(shower.sum(dtype=np.float64))
            self.noticed = self.noticed.joined(Noticed(point_energy_mev=total, outside_mev=outside))
        return energy

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that were read, one line each."""
        _, total, outside = self.noticed
        fraction = max(0.0, outside / total) if total else 0.0
        said = (
            f"{self.path.name}: points are summed in the mesh of {self._spec.name}, {self.mesh}; "
            f"{fraction:.2%} of their energy lies outside of it"
        )
        return (said, *super().remarks())
