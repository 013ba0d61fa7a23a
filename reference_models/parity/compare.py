"""All ways of a variant on the same noise and conditions."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.models.files.convention import inputs_of
from calobench.observables import Observable, all_observables, compute_features
from calobench.showers import Conditions, Showers
from reference_models.export.chain import Chain
from reference_models.inference.onnx_ops import OnnxOps
from reference_models.parity.first_node import first_difference, steps_of
from reference_models.parity.paths import LEVELS, double_precision, ways
from reference_models.parity.record import Parity, difference
from reference_models.parity.repeats import repeats
from reference_models.variants import Variant, make

__all__ = ["compare"]

_OBSERVABLES = (
    "response",
    "centre_of_gravity_z",
    "width_z",
    "centre_of_gravity_r",
    "width_r",
    "hottest_cell",
)


_WARM = 3
"""Showers that are not timed."""


def compare(
    variant: Variant,
    detector: DetectorSpec,
    n: int = 16,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Parity:
    """Hold every way against the chain in double precision.

    Args:
        variant: the variant.
        detector: the detector.
        n: showers.
        seed: of noise and conditions.
        progress: told each way that is done.
    """
    model = make(variant, backend="eager")
    chain, rng = Chain(model), np.random.default_rng(seed)
    conditions = _conditions(detector, n, rng)
    noise = rng.standard_normal((n, sum(chain.sizes)), dtype=np.float32)
    expected = double_precision(chain, detector)(conditions, noise)
    known = [one for one in all_observables() if one.name in _OBSERVABLES]
    truth = _scalars(expected.astype(np.float32), conditions, detector, known)
    differences, cpu_ms = {}, {}
    for name, way in ways(variant, detector).items():
        # TorchScript compiles while it makes its first showers.
        way(conditions[:_WARM], noise[:_WARM])
        begin = time.process_time()
        showers = way(conditions, noise)
        cpu_ms[name] = 1e3 * (time.process_time() - begin) / n
        of_way = _scalars(showers, conditions, detector, known)
        means = {key: (of_way[key], truth[key]) for key in truth}
        differences[name] = difference(showers, expected, means)
        if progress is not None:
            progress(name)
    told = inputs_of(conditions, detector.one_hot_slot)
    first = {}
    for level in LEVELS:
        step = first_difference(steps_of(chain, OnnxOps(), told[0], noise[0], level))
        first[f"ONNX opset 20, optimisation {level}"] = step and f"{step.operation}: {step.off:.1e}"
    packages = ("torch", "onnxruntime", "numpy")
    versions = {package: importlib.metadata.version(package) for package in packages}
    repeated = repeats(chain)
    return Parity(
        variant.name, detector.name, n, seed, versions, differences, first, cpu_ms, repeated
    )


def _conditions(detector: DetectorSpec, n: int, rng: np.random.Generator) -> Conditions:
    """Energies over the whole range, evenly in the logarithm; directions at random."""
    low, high = detector.energy_range_mev
    return Conditions(
        np.geomspace(low, high, n),
        rng.uniform(*detector.theta_range, n),
        rng.uniform(0, 2 * np.pi, n),
    )


def _scalars(
    cells: NDArray[np.float32],
    conditions: Conditions,
    detector: DetectorSpec,
    observables: list[Observable],
) -> dict[str, NDArray[np.float64]]:
    return dict(compute_features(Showers(cells, conditions), detector, observables).scalars)
