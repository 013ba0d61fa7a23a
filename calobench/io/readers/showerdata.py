"""Point clouds of ShowerData (https://github.com/FLC-QU-hep/ShowerData, read at version 0.6.1).

``showers`` (N,) of variable length: the points of a shower one after the other, ``x, y, z, energy`` and
perhaps ``time``, as many columns as the last number of ``shape`` says. ``energies`` (N, 1) and ``directions``
(N, 3) are those of the incident particles. x and y are mm along the face of the calorimeter from where the
particle enters, z is the number of the layer, as that package's own tools take it, or the depth in mm.
Neither this nor the unit is in the file: declared (``--axes x,y,layer --unit GeV``) or told, and said.

The frame of the face has z inwards. calobench takes x as the direction of growing azimuth and y along the
beam; particles at right angles to the face are the same whatever is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.detectors.stack import Periods
from calobench.errors import ShowerFileError
from calobench.io.checks import check_condition_values
from calobench.io.format import Format
from calobench.io.guessing import tell_units
from calobench.io.hdf5 import open_dataset, open_hdf5, open_lists, read_rows
from calobench.io.head import FileHead
from calobench.io.point_file import Cloud, PointFile
from calobench.io.reading import Reading
from calobench.io.shower_file import doubles
from calobench.showers import Conditions

__all__ = ["FORMATS", "ShowerDataFile"]

_NAMES = ("showers", "energies", "directions", "shape")
_LAYER, _DEPTH = ("x", "y", "layer"), ("x", "y", "z")
_WHOLE = 1e-3
_LOOKED_AT = 200


class ShowerDataFile(PointFile):
    """A file of ShowerData, open for reading.

    Args:
        path: the file.
        reading: the detector, and what is known of axes and units.

    Raises:
        ShowerFileError: damaged, without a detector, or axes or units that cannot be told.
    """

    format_name = "showerdata"

    def __init__(self, path: Path, reading: Reading) -> None:
        super().__init__(path, reading)
        self._file = open_hdf5(path)
        try:
            self._showers = self._open_points()
            energies = self._numbers("energies", (1,)).reshape(-1)
            self._directions = self._numbers("directions", (3,))
            some = [self._points(row) for row in range(min(len(self), _LOOKED_AT))]
            self._numbered, self._said = self._tell_depth(some, reading)
            visible = np.array([points[:, 3].sum() for points in some]) * self.sampling_fraction
            self._units = tell_units(visible, energies[: len(some)], reading, path)
            self._incident = energies * self._units.incident
        except BaseException:
            self.close()
            raise

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Whether an HDF5 file has the data sets of ShowerData."""
        return head.is_hdf5 and set(_NAMES) <= head.names

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,).

        Raises:
            ShowerFileError: a value is impossible.
        """
        across, along, inwards = self._directions.T
        length = np.linalg.norm(self._directions, axis=1)
        if not np.allclose(length, 1, atol=1e-3) or (inwards <= 0).any():
            raise ShowerFileError(
                f"{self.path}: 'directions' must be vectors of length 1 that point into the calorimeter, z "
                "above zero; mend or remove such showers"
            )
        theta = np.arccos(np.clip(along / length, -1, 1))
        conditions = Conditions(self._incident, theta, np.arctan2(across, inwards))
        check_condition_values(conditions, self.path, ("energies", "directions", "directions"))
        return conditions

    def __len__(self) -> int:
        """Number of showers."""
        return len(self._showers)

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()

    def remarks(self) -> tuple[str, ...]:
        """Guesses with their reasons, and remarks on the showers, one line each."""
        frame = "x is taken along the azimuth and y along the beam"
        turned = bool((self._directions[:, 2] < 1 - _WHOLE).any())
        told = (self._said, self._units.remark, frame if turned else "")
        return (*(f"{self.path.name}: {one}" for one in told if one), *super().remarks())

    def _open_points(self) -> h5py.Dataset:
        """The data set of points, checked as far as it can be without reading it."""
        shape = read_rows(open_dataset(self._file, "shape", self.path), slice(None), self.path)
        if shape.shape != (3,) or shape[2] not in {4, 5}:
            raise ShowerFileError(
                f"{self.path}: 'shape' is {shape.tolist()}; it must be three numbers, the last 4 or 5 (x, y, "
                "z, energy and perhaps time)"
            )
        self._width = int(shape[2])
        points = open_lists(self._file, "showers", self.path)
        if not len(points):
            raise ShowerFileError(f"{self.path} holds no showers; check how it was made")
        return points

    def _numbers(self, name: str, row: tuple[int, ...]) -> NDArray[np.float64]:
        dataset = open_dataset(self._file, name, self.path)
        if dataset.shape != (len(self), *row):
            raise ShowerFileError(
                f"{self.path}: '{name}' has the shape {dataset.shape} beside {len(self)} showers; it must be "
                f"{(len(self), *row)}"
            )
        return doubles(read_rows(dataset, slice(None), self.path))

    def _points(self, row: int) -> NDArray[np.float64]:
        """Points of one shower as in the file, (P, 4 or 5); those without energy are padding."""
        flat = read_rows(self._showers, slice(row, row + 1), self.path)[0]
        if len(flat) % self._width:
            raise ShowerFileError(
                f"{self.path}: shower {row} has {len(flat)} numbers, which are no points of {self._width}; "
                "make it again"
            )
        points = doubles(flat).reshape(-1, self._width)
        kept: NDArray[np.float64] = points[points[:, 3] != 0]
        return kept

    def _tell_depth(self, some: list[NDArray[np.float64]], reading: Reading) -> tuple[bool, str]:
        """Whether z is the number of a layer, and what to say of it."""
        if reading.axes not in {None, _LAYER, _DEPTH}:
            raise ShowerFileError(
                f"--axes {','.join(reading.axes or ())}: the points of {self.path} have x,y,layer (numbers "
                "of layers) or x,y,z (mm)"
            )
        depths = np.concatenate([points[:, 2] for points in some])
        if not len(depths):
            raise ShowerFileError(
                f"{self.path} has no points in its first showers; check how it was made"
            )
        whole = bool((np.abs(depths - np.round(depths)) < _WHOLE).all())
        layers = len(Periods.of(self._spec))
        numbered = whole if reading.axes is None else reading.axes == _LAYER
        if numbered and (not whole or depths.min() < 0 or depths.max() > layers - 1 + _WHOLE):
            raise ShowerFileError(
                f"{self.path}: z goes from {depths.min():g} to {depths.max():g}, which are no layers of "
                f"{self._spec.name}, 0 to {layers - 1}; give --axes x,y,z if it is the depth in mm, or the "
                "right --detector"
            )
        if reading.axes is not None:
            return numbered, ""
        why = "all are whole numbers" if whole else "not all are whole numbers"
        meaning = "the number of the layer" if numbered else "the depth in mm"
        axes = ",".join(_LAYER if numbered else _DEPTH)
        return numbered, f"z of the points is taken to be {meaning}: {why} ({axes})"

    def _clouds(self, rows: slice) -> Iterator[Cloud]:
        conditions, sheets = self.conditions, Periods.of(self._spec).sheets_mm
        for row in range(*rows.indices(len(self))):
            x, y, z, energy = self._points(row)[:, :4].T
            if self._numbered:
                layer = np.round(z).astype(int)
                if ((layer < 0) | (layer >= len(sheets))).any():
                    raise ShowerFileError(
                        f"{self.path}: shower {row} has points in layer {layer.max()}, {self._spec.name} has "
                        f"0 to {len(sheets) - 1}; give the right --detector"
                    )
                z = sheets[layer]
            # The frame of the stack: depth, azimuth, beam.
            positions = np.stack([z, x, y], axis=1)
            yield Cloud(
                positions,
                energy * self._units.cells,
                float(conditions.theta[row]),
                float(conditions.phi[row]),
            )


FORMATS = (
    Format(
        name="showerdata",
        description="point clouds of ShowerData, HDF5",
        recognises=ShowerDataFile.recognises,
        open=ShowerDataFile,
        takes=frozenset({"axes", "unit"}),
        endings=(".h5", ".hdf5"),
    ),
)
