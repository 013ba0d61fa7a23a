"""From a statistic, its jackknife and its exchanges to a score."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.samples import Pool
from calobench.results.multivariate import MultivariateScore
from calobench.stats.jackknife import Jackknife

__all__ = ["BY_EXCHANGE", "Name", "Worse", "exchange_p_value", "judged"]

Array = NDArray[np.float64]
Worse = Literal["high", "low", "both"]

BY_EXCHANGE = "labels of Geant4 and model exchanged"

# An exchange may give the observed samples again, with another rounding.
ROUNDING = 1e-10


class Name(NamedTuple):
    """A score's key, what people call it, and one sentence that defines it."""

    key: str
    label: str
    description: str


def exchange_p_value(observed: float, exchanged: Array, worse: Worse) -> float:
    """How often an exchange is at least as bad as the samples as they are, which count as one.

    Args:
        observed: the statistic of the samples.
        exchanged: of the exchanges, (B,).
        worse: which side is bad; both: twice the smaller share.
    """
    slack = ROUNDING * max(abs(observed), 1.0)
    replicas = len(exchanged)
    high = (1 + np.count_nonzero(exchanged >= observed - slack)) / (replicas + 1)
    low = (1 + np.count_nonzero(exchanged <= observed + slack)) / (replicas + 1)
    return float({"high": high, "low": low, "both": min(1.0, 2 * min(high, low))}[worse])


def judged(
    name: Name,
    pool: Pool,
    *,
    value: float,
    spread: Jackknife,
    null: Array,
    p_value: float,
    worse: Worse,
    how: str = BY_EXCHANGE,
) -> MultivariateScore:
    """Put a score together.

    Args:
        name: of the score.
        pool: the showers that it was computed from.
        value: of the score.
        spread: error and half width of the interval.
        null: the score's values for samples that agree, (B,).
        p_value: of the test.
        worse: which side of the null is bad.
        how: how the null was found.
    """
    low, median, high = np.quantile(null, (0.05, 0.5, 0.95))
    return MultivariateScore(
        name=name.key,
        label=name.label,
        description=name.description,
        value=value,
        error=spread.error,
        interval=(value - spread.half_width, value + spread.half_width),
        null_median=float(median),
        null_interval=(float(low), float(high)),
        null=how,
        p_value=p_value,
        worse=worse,
        n_model=pool.n_model,
        n_reference=pool.n_reference,
        null_replicas=len(null),
    )
