"""Whether a shower knows of the one before it: state that leaks leaves every distribution as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.samples import Pool
from calobench.stats.jackknife import Jackknife

__all__ = ["SCORES", "serial_score"]

Array = NDArray[np.float64]

NAME = Name(
    "serial",
    "serial correlation",
    "Largest correlation of an observable at fixed energy and angle with the same observable of the "
    "model's shower before, in its errors.",
)

MAX_ORDER = 4.0
"""Serial correlation of the conditions, in its errors, beyond which they come in an order."""


def serial_score(
    pool: Pool, names: Sequence[str], replicas: int, rng: np.random.Generator
) -> Judged | None:
    """Lag-1 autocorrelation of the model's showers in the order in which they were made.

    The null is the same showers in random order (a permutation test of a maximum: Westfall and Young,
    *Resampling-Based Multiple Testing*, 1993).

    Args:
        pool: both samples in order, features at fixed incident particle.
        names: of the features, (d,).
        replicas: random orders.
        rng: source of randomness.

    Returns:
        None where no observable varies among the model's showers, or where the conditions come in an
        order: what is wrong at some energies would look like memory.
    """
    given = np.array([name.startswith("incident_") for name in names])
    showers = pool.features[pool.is_model]
    unit = _standardised(showers[:, ~given])
    if unit.shape[1] == 0 or _largest(_standardised(showers[:, given])) > MAX_ORDER:
        return None
    orders = (rng.permutation(unit) for _ in range(replicas))
    statistic = np.array([_largest(one) for one in (unit, *orders)])
    return judged(
        NAME,
        pool,
        value=float(statistic[0]),
        # A correlation of independent showers has an error of 1 / sqrt(N).
        spread=Jackknife(0.0, 1.0, 1.0),
        null=statistic[1:],
        tested=statistic,
        worse="high",
        how="the same showers in random order",
    )


def _standardised(columns: Array) -> Array:
    """Those that vary, with mean 0 and width 1, (N, K)."""
    width = columns.std(axis=0)
    varying = columns[:, width > 0]
    unit: Array = (varying - varying.mean(axis=0)) / width[width > 0]
    return unit


def _largest(unit: Array) -> float:
    products = np.einsum("nk,nk->k", unit[1:], unit[:-1])
    return float(np.abs(products).max(initial=0) / np.sqrt(len(unit) - 1))


def _compute(task: Task) -> Outcome:
    # An order of its own goes with each permutation: where nothing is wrong all are as likely.
    orders = task.rng.spawn(1)[0]
    samples = task.samples
    score = serial_score(samples.pool, task.names, len(samples.labels), orders)
    return Outcome() if score is None else Outcome((score,))


SCORES = (MultivariateFunction("serial", _compute, order=80, names=(NAME,)),)
