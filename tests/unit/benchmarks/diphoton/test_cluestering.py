"""Our CLUE against that of the CLUEstering package, where a user has it."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from calobench.benchmarks.diphoton.clue import OUTLIER, ClueParameters, clue
from calobench.benchmarks.diphoton.cluestering import clue_by_package
from calobench.errors import MissingPackageError

PARAMETERS = ClueParameters(dc_mm=8.0, rhoc_mev=5.0, outlier_delta_factor=2.0)
INSTALLED = importlib.util.find_spec("CLUEstering") is not None


def points(n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    positions = rng.uniform(0, 200, (n, 2))
    return positions, rng.exponential(4, n), np.repeat([0, 1], n // 2)


@pytest.mark.skipif(not INSTALLED, reason="CLUEstering is not installed")
def test_both_find_the_same_clusters() -> None:
    result = clue(*points(), PARAMETERS)
    reference = clue_by_package(*points(), PARAMETERS)
    assert np.array_equal(reference == OUTLIER, result == OUTLIER)
    assert np.array_equal(reference[:, None] == reference, result[:, None] == result)


@pytest.mark.skipif(INSTALLED, reason="CLUEstering is installed")
def test_without_the_package_the_error_says_how_to_get_it() -> None:
    with pytest.raises(MissingPackageError, match="pip install CLUEstering"):
        clue_by_package(*points(), PARAMETERS)
