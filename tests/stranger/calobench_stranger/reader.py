"""A format of files: one line of JSON per shower, with its filled cells.

The first line states the mesh, ``{"cell_lines": 1, "mesh": [dr_mm, dz_mm, n_r, n_phi, n_z]}``; a shower is
``{"energy": MeV, "theta": rad, "phi": rad, "cells": [[r, phi, z, MeV], ...]}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from calobench.errors import ShowerFileError
from calobench.io import FileHead, Format, Reading
from calobench.showers import Conditions, Mesh, Showers

__all__ = ["CELL_LINES", "CellLines", "write_cell_lines"]


class CellLines:
    """A file of lines of JSON, open for reading."""

    def __init__(self, path: Path, reading: Reading) -> None:
        try:
            head, *lines = [json.loads(line) for line in path.read_text().splitlines()]
            self.mesh = Mesh(*head["mesh"])
            self._cells = [np.array(line["cells"]).reshape(-1, 4) for line in lines]
            columns = ([line[name] for line in lines] for name in ("energy", "theta", "phi"))
            self.conditions = Conditions(*(np.array(column, float) for column in columns))
        except (ValueError, LookupError, TypeError) as error:
            raise ShowerFileError(f"{path} is damaged ({error}); write it again") from error

    @staticmethod
    def recognises(head: FileHead) -> bool:
        """Tell whether the first line is that of this format."""
        return head.start.startswith(b'{"cell_lines": 1')

    def chunks(self, size: int) -> Iterator[Showers]:
        """The showers in order, MeV, at most ``size`` at a time."""
        for first in range(0, len(self._cells), size):
            rows = slice(first, first + size)
            energy = np.zeros((len(self._cells[rows]), *self.mesh.shape), np.float32)
            for shower, cells in zip(energy, self._cells[rows], strict=True):
                shower[tuple(cells[:, :3].T.astype(int))] = cells[:, 3]
            yield Showers(energy, self.conditions[rows])


def write_cell_lines(path: Path, showers: Showers, mesh: Mesh | None = None) -> None:
    """Write showers in this format."""
    n_r, n_phi, n_z = showers.energy.shape[1:]
    size = (10.0, 4.0) if mesh is None else (mesh.dr_mm, mesh.dz_mm)
    lines: list[object] = [{"cell_lines": 1, "mesh": [*size, n_r, n_phi, n_z]}]
    for energy, *conditions in zip(showers.energy, *vars(showers.conditions).values(), strict=True):
        filled = np.argwhere(energy)
        cells = [[*map(int, cell), float(energy[tuple(cell)])] for cell in filled]
        names = ("energy", "theta", "phi")
        lines.append({**dict(zip(names, map(float, conditions), strict=True)), "cells": cells})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


CELL_LINES = Format(
    name="cell_lines",
    description="one line of JSON per shower",
    recognises=CellLines.recognises,
    open=CellLines,
    endings=(".jsonl",),
    write=write_cell_lines,
)
