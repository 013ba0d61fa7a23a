"""Columns of a file of showers that say that not every shower counts once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.hdf5 import names_in, open_dataset, read_rows
from calobench.io.untrusted import require_here

__all__ = ["require_counts_once", "require_unweighted"]

_WEIGHT = re.compile(r"(^|.*_)(w|wgts?|weights?)", re.IGNORECASE)
_SELECTION = re.compile(r"(is_)?(masks?|valid|good|selected|keep|accepted)(_.*)?", re.IGNORECASE)


def require_unweighted(file: h5py.File, path: Path) -> None:
    """Check that each shower of a file counts, and counts once: samples are compared without weights.

    Weights that are all equal, and selections that take all, are no obstacle.

    Raises:
        ShowerFileError: there are weights, or a selection, that would be ignored.
    """
    for name in names_in(file, path):
        if not _WEIGHT.fullmatch(name) and not _SELECTION.fullmatch(name):
            continue
        require_here(file, name, path)
        item = file[name]
        if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "biuf" or not item.size:
            continue
        # Truth values are no numbers to open_dataset.
        dataset = item if item.dtype.kind == "b" else open_dataset(file, name, path)
        values = read_rows(dataset, slice(None), path) if dataset.ndim else dataset[...]
        require_counts_once(name, values, path)


def require_counts_once(name: str, values: NDArray[Any], path: Path) -> None:
    """Check that a column is no weight and no selection that would be ignored.

    Args:
        name: of the column.
        values: one or several per shower.
        path: the file, for messages.

    Raises:
        ShowerFileError: it is.
    """
    if _WEIGHT.fullmatch(name) and np.ptp(values.astype(np.float64)) > 0:
        raise ShowerFileError(
            f"{path} has a column '{name}', and showers are compared without weights; draw showers "
            "with a probability proportional to their weight and write those, without the column"
        )
    if _SELECTION.fullmatch(name) and not np.all(values):
        raise ShowerFileError(
            f"{path} has a column '{name}', which leaves {np.count_nonzero(values == 0)} showers out; "
            "write those that count, without the column"
        )
