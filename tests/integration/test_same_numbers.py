"""The same numbers on every processor.

What the main job measures is computed again with the kernels of other processors (numpy, BLAS and torch
without AVX-512, and without AVX), and, which also works where there is no choice of kernels, with every
observable and condition moved by one unit in its last place. Everything agrees to 1e-9 of its size: no value
changes its bin, no rank, no p-value. Golden values are tested with those kernels too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernels import OTHER_KERNELS, run_with_kernels
from last_bit import DIRECTIONS
from main_job import main_job

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[2]
HELPERS = ROOT / "tests" / "helpers"

RELATIVE = 1e-9
"""A hundred times what was measured: 3e-11, of a Jensen-Shannon divergence of 2e-6."""
ABSOLUTE = 1e-12
LABELLED = 1e-7
"""Of Frechet distances of permuted labels, as ``frechet_of_labels`` says: roots of eigenvalues near zero."""
CELLS = 1e-3
"""Relative, of the cells of generated showers: networks work in single precision; measured: 6e-5."""


@cache
def here() -> dict[str, Any]:
    return dict(leaves(main_job()))


def leaves(content: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and text of a document, with its place in it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, f"{place}/{key}")
    elif isinstance(content, list):
        for k, value in enumerate(content):
            name = value.get("name") if isinstance(value, dict) else None
            yield from leaves(value, f"{place}/{name or k}")
    else:
        yield place, content


def assert_same(result: dict[str, Any], expected: dict[str, Any]) -> None:
    assert result.keys() == expected.keys()
    differ = {
        place: (value, expected[place])
        for place, value in result.items()
        if not same(value, expected[place], LABELLED if "/fpd/null_" in place else RELATIVE)
    }
    assert not differ, f"{len(differ)} differ, such as {list(differ.items())[:5]}"


def same(one: Any, other: Any, relative: float = RELATIVE) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        both_undefined = math.isnan(one) and math.isnan(other)
        return both_undefined or math.isclose(one, other, rel_tol=relative, abs_tol=ABSOLUTE)
    return bool(one == other)


@pytest.mark.parametrize("kernels", OTHER_KERNELS)
def test_main_job_measures_the_same_with_other_kernels(kernels: str) -> None:
    printed = run_with_kernels([str(HELPERS / "main_job.py")], OTHER_KERNELS[kernels])
    assert_same(dict(leaves(json.loads(printed))), here())


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_main_job_measures_the_same_when_every_number_moves_by_its_last_bit(direction: str) -> None:
    assert_same(dict(leaves(main_job(direction))), here())


@pytest.mark.parametrize("kernels", OTHER_KERNELS)
def test_golden_values_hold_with_other_kernels(kernels: str) -> None:
    pytest_arguments = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "golden"]
    printed = run_with_kernels(
        [*pytest_arguments, str(ROOT / "tests" / "unit")], OTHER_KERNELS[kernels]
    )
    assert "passed" in printed


@pytest.mark.parametrize("kernels", OTHER_KERNELS)
def test_bundled_model_fills_the_same_cells_with_other_kernels(
    kernels: str, tmp_path: Path
) -> None:
    def cells(environment: dict[str, str], name: str) -> np.ndarray:
        run_with_kernels([str(HELPERS / "generate_showers.py"), str(tmp_path / name)], environment)
        return np.load(tmp_path / name)

    here, there = cells({}, "here.npy"), cells(OTHER_KERNELS[kernels], "there.npy")
    assert here.any()
    np.testing.assert_array_equal(there > 0, here > 0)
    np.testing.assert_allclose(there, here, rtol=CELLS)
