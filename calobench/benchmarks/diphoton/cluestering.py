"""CLUE as the CLUEstering package has it, for users who want to check calobench's own against it.

The package is no dependency: https://github.com/cms-patatrack/CLUEstering. Versions are meant whose third
parameter is the reach for followers, a length; older ones take a factor there and rescale coordinates. It
clusters one set of points per call: the benchmark uses :mod:`calobench.benchmarks.diphoton.clue`.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.clue import OUTLIER, ClueParameters
from calobench.errors import MissingPackageError

__all__ = ["clue_by_package"]


def clue_by_package(
    positions: NDArray[np.float64],
    energy: NDArray[np.float64],
    group: NDArray[np.intp],
    parameters: ClueParameters,
) -> NDArray[np.intp]:
    """Cluster points; arguments and result as :func:`calobench.benchmarks.diphoton.clue.clue`.

    Its clusters may be numbered in another order. Its flat kernel, with 0.5 for neighbours, is the
    density of calobench's; of points of equal density it may pick another as the denser.

    Raises:
        MissingPackageError: CLUEstering is not installed.
    """
    package = _package()
    label = np.full(len(energy), OUTLIER, dtype=np.intp)
    for number in np.unique(group):
        chosen = np.flatnonzero(group == number)
        clusterer = package.clusterer(
            parameters.dc_mm,
            parameters.rhoc_mev,
            parameters.dc_mm * parameters.outlier_delta_factor,
        )
        across, along = positions[chosen].T
        clusterer.read_data({"x0": across, "x1": along, "weight": energy[chosen]})
        clusterer.run_clue(backend="cpu serial")
        cluster = np.asarray(clusterer.cluster_ids, dtype=np.intp)
        first = label.max(initial=OUTLIER) + 1
        label[chosen] = np.where(cluster < 0, OUTLIER, cluster + first)
    return label


def _package() -> Any:
    try:
        return importlib.import_module("CLUEstering")
    except ImportError:
        raise MissingPackageError(
            "CLUEstering is not installed; install it with 'pip install CLUEstering', or use "
            "calobench's own CLUE"
        ) from None
