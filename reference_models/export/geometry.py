"""A detector's mesh, layers and readout cells as text, for the C++ program to place showers with."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.detectors.readout import SquareCells, ThetaModuleCells
from calobench.errors import SpecError
from calobench.placement.readout import make_readout
from calobench.placement.theta_module import ThetaModuleReadout

__all__ = ["geometry_text"]

_FORMAT = "calobench geometry 1"


def geometry_text(detector: DetectorSpec) -> str:
    """The text that ``calobench::Detector::Read`` reads: one line per quantity, name and numbers, mm and rad.

    Raises:
        SpecError: the detector has no readout cells, or of a kind that the program does not know.
    """
    readout, mesh = make_readout(detector), detector.mesh_geometry
    cells = detector.readout.cells if detector.readout else None
    lines: dict[str, Iterable[object]] = {
        "name": [detector.name],
        "mesh": mesh.shape,
        "dr_mm": [mesh.dr_mm],
        "dz_mm": [mesh.dz_mm],
        "inner_radius_mm": [detector.inner_radius_mm],
        "half_length_mm": [readout.half_length_mm],
        "staves": [detector.staves.count],
        "inclination_rad": [float(np.deg2rad(detector.staves.inclination_deg))],
        "edges_mm": readout.periods.edges_mm.tolist(),
        "sheets_mm": readout.periods.sheets_mm.tolist(),
    }
    if isinstance(cells, SquareCells):
        lines["size_mm"] = [cells.size_mm]
    elif isinstance(cells, ThetaModuleCells) and isinstance(readout, ThetaModuleReadout):
        lines |= {
            "plates": [cells.plates],
            "theta_grid": [cells.theta_grid],
            "theta_offset": [cells.theta_offset],
            "radial_edges_mm": readout.radial_edges_mm.tolist(),
            "merged_theta": cells.merged_theta,
            "merged_plates": cells.merged_plates,
        }
    else:
        raise SpecError(
            f"{detector.name} has readout cells of a kind that the C++ program does not know"
        )
    # repr is exact: the program reads the very numbers that Python has.
    body = (" ".join([key, *(str(value) for value in values)]) for key, values in lines.items())
    return "\n".join([_FORMAT, *body]) + "\n"
