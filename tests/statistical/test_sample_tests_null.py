"""Outliers, local differences, serial correlation, closeness: false alarms on Geant4 showers, and power.

The bundled 400 showers of ALLEGRO are divided anew into a reference and a sample of 200 each. All seeds
are fixed; each tolerance is stated with the probability that another seed would break it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench._util.resources import data_specs_dir
from calobench.detectors import load_detector
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.evaluation.multivariate.closeness import closeness
from calobench.evaluation.multivariate.features import BOUND
from calobench.evaluation.multivariate.local import local_score
from calobench.evaluation.multivariate.outliers import outlier_score
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.evaluation.multivariate.serial import serial_score
from calobench.harness.closeness import closeness_warning
from calobench.io.readers.lemurs import LemursFile
from calobench.observables import all_observables, compute_features
from calobench.showers import Conditions, Showers

pytestmark = pytest.mark.statistical

DETECTOR = load_detector("ALLEGRO")
TRIALS = 100
LEVEL = 0.1


@pytest.fixture(scope="module")
def showers() -> Showers:
    path = data_specs_dir() / "reference" / "FCCeeALLEGRO.h5"
    with LemursFile(path, DETECTOR.mesh_geometry.shape) as file:
        return file.read()


@pytest.fixture(scope="module")
def good(showers: Showers) -> Any:
    table = compute_features(showers, DETECTOR, all_observables())
    model = ConditionalModel.fit(table, staves=DETECTOR.staves.count)
    return table, bounded(model.standardise_fitted(table)), model


def bounded(residuals: Any) -> Any:
    columns = np.stack(list(residuals.values()), axis=1)
    return np.nan_to_num(np.clip(columns, -BOUND, BOUND), nan=-BOUND)


def p_values(reference: Any, model: Any, names: Any, rng: np.random.Generator) -> dict[str, Any]:
    """p-value of each test; for closeness also of its warning, 1 if there is none."""
    pool = Pool.of(reference[1], model[1], paired=False)
    samples = Comparison.of(pool, pool, 99, 20, rng)
    both = [one[0].conditions for one in (reference, model)]
    conditions = Conditions(
        *(np.concatenate([getattr(c, name) for c in both]) for name in ("energy", "theta", "phi"))
    )
    close = closeness(reference[0], model[0], rng)
    return {
        "local": local_score(samples, names, conditions)[0].score.p_value,
        "outliers": outlier_score(samples, names, names).score.p_value,
        "serial": serial_score(pool, names, 99, rng).score.p_value,
        "closeness": close.p_value,
        "warning": float(not closeness_warning(close)),
    }


def divided(good: Any, sample: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """A reference of one half, and the other half of a sample, which may have a defect."""
    table, residuals, _ = good
    first, second = np.split(rng.permutation(len(table)), 2)
    return (table.rows(first), residuals[first]), (sample[0].rows(second), sample[1][second])


@pytest.fixture(scope="module")
def null(good: Any) -> Any:
    rng = np.random.default_rng(1)
    names = tuple(good[2].fits)
    return [p_values(*divided(good, good, rng), names, rng) for _ in range(TRIALS)]


@pytest.mark.parametrize("test", ["local", "outliers", "serial", "closeness"])
def test_false_alarms_are_as_rare_as_the_level_says(null: Any, test: str) -> None:
    alarms = sum(one[test] <= LEVEL for one in null)
    # Binomial with 0.1: more than 20 of 100 has a probability of 8e-4.
    assert alarms <= 20


def test_independent_showers_are_never_called_copies(null: Any) -> None:
    # Two tests at 1e-3 each: more than 3 of 100 has a probability of 6e-5.
    assert sum(one["warning"] == 0 for one in null) <= 3


def defective(good: Any, showers: Showers, cells: Any) -> Any:
    table = compute_features(Showers(cells, showers.conditions), DETECTOR, all_observables())
    return table, bounded(good[2].standardise(table))


def detections(good: Any, sample: Any, test: Any, trials: int = 10, level: float = 0.05) -> Any:
    rng = np.random.default_rng(2)
    names = tuple(good[2].fits)
    return sum(
        p_values(*divided(good, sample, rng), names, rng)[test] <= level for _ in range(trials)
    )


def test_missing_tail_in_a_corner_is_found(good: Any, showers: Showers) -> None:
    corner = (showers.conditions.energy > 7e4) & (showers.conditions.theta < 1.4)
    cells = showers.energy.copy()
    cells[corner, :, :, 18:] = 0
    # Thirty showers or so of the sample, off by several widths.
    assert detections(good, defective(good, showers, cells), "local") >= 9


def test_showers_of_another_kind_are_found(good: Any, showers: Showers) -> None:
    cells = showers.energy.copy()
    # One in twenty, ten of 200 on average, begins seven layers late and has four fifths of its energy.
    cells[::20] = 0.8 * np.roll(cells[::20], 7, axis=3)
    assert detections(good, defective(good, showers, cells), "outliers") >= 9


def test_replay_and_near_copies_are_warned_about(good: Any, showers: Showers) -> None:
    rng = np.random.default_rng(3)
    names = tuple(good[2].fits)
    noise = rng.normal(1, 0.02, showers.energy.shape).astype(np.float32)
    noisy = defective(good, showers, showers.energy * noise)
    half = np.arange(200)
    reference = (good[0].rows(half), good[1][half])
    # The warning's p-value is 0 where there is one.
    assert p_values(reference, reference, names, rng)["warning"] == 0
    mixed = np.concatenate([half[:20], np.arange(200, 380)])
    model = (noisy[0].rows(mixed), noisy[1][mixed])
    assert p_values(reference, model, names, rng)["warning"] == 0
