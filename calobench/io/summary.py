"""Summary of a sample of showers, in a few numbers, read chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calobench.io.joined import JoinedFiles

__all__ = ["SampleSummary", "summarise"]


@dataclass(frozen=True)
class SampleSummary:
    """A sample of N showers in numbers.

    Attributes:
        n: number of showers.
        mean_visible_mev: mean energy in the mesh, MeV.
        sampling_fraction: mean over showers of visible energy / incident energy.
        sampling_fraction_error: its statistical uncertainty; NaN for a single shower.
        empty_showers: number of showers without any energy.
        empty_cell_fraction: fraction of all cells without energy.
    """

    n: int
    mean_visible_mev: float
    sampling_fraction: float
    sampling_fraction_error: float
    empty_showers: int
    empty_cell_fraction: float


def summarise(
    file: JoinedFiles, chunk_size: int = 1000, progress: Callable[[int], object] | None = None
) -> SampleSummary:
    """Read all of one or several files once and sum it up.

    Args:
        file: the open files.
        chunk_size: showers held in memory at a time.
        progress: called with the number of showers of each chunk done.

    Raises:
        ShowerFileError: a part is damaged or holds impossible values.
    """
    visible = np.zeros(len(file))
    hit_cells = 0
    done = 0
    for showers in file.chunks(chunk_size):
        rows = slice(done, done + len(showers))
        visible[rows] = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
        hit_cells += int(np.count_nonzero(showers.energy))
        done = rows.stop
        if progress is not None:
            progress(len(showers))
    response = visible / file.conditions.energy
    n = len(file)
    error = float(response.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return SampleSummary(
        n=n,
        mean_visible_mev=float(visible.mean()),
        sampling_fraction=float(response.mean()),
        sampling_fraction_error=error,
        empty_showers=int(np.count_nonzero(visible == 0)),
        empty_cell_fraction=1 - hit_cells / (n * int(np.prod(file.shape))),
    )
