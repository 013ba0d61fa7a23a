"""Scores that are shares of showers: precision, recall, density, coverage and repeats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from calobench.evaluation.multivariate.judging import Judged, Name, Worse, judged
from calobench.evaluation.multivariate.prdc import list_length, prdc, prdc_of_lists
from calobench.evaluation.multivariate.repeats import repeated_share
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.stats.jackknife import Jackknife, jackknife
from calobench.stats.neighbours import neighbour_lists

__all__ = ["interval_of_a_share", "neighbour_scores", "repeat_score"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

NAMES: dict[Name, Worse] = {
    Name(
        "precision",
        "precision",
        "Share of the model's showers within the ball of a Geant4 shower that reaches to its fifth "
        "nearest Geant4 shower.",
    ): "low",
    Name(
        "recall", "recall", "Share of the Geant4 showers within such a ball of a model's shower."
    ): "low",
    Name(
        "density", "density", "Mean number of such Geant4 balls around a model's shower, over five."
    ): "both",
    Name("coverage", "coverage", "Share of the Geant4 balls with a model's shower in them."): "low",
}
REPEATS = Name(
    "repeats",
    "repeats",
    "Share of the model's showers whose shape another of its showers has as well, to within a "
    "hundredth of what Geant4's showers differ by.",
)


def neighbour_scores(samples: Comparison) -> tuple[Judged, ...]:
    """Precision, recall, density and coverage.

    Args:
        samples: to compare.
    """
    pool, groups = samples.pool, samples.groups
    exact = prdc(pool.features[~pool.is_model], pool.features[pool.is_model])
    lists = _lists(pool)
    observed = np.array(prdc_of_lists(lists, pool.is_model))
    null = np.array([prdc_of_lists(lists, row) for row in samples.labels])
    without = np.array(
        [prdc_of_lists(lists, pool.is_model, groups != k) for k in range(int(groups.max()) + 1)]
    )
    if samples.symmetric is not pool:
        lists = _lists(samples.symmetric)
    tested = np.array([prdc_of_lists(lists, row) for row in samples.observed_first])
    scores = []
    for i, (name, worse) in enumerate(NAMES.items()):
        one = judged(
            name,
            pool,
            value=exact[i],
            spread=jackknife(float(observed[i]), without[:, i]),
            null=null[:, i],
            tested=tested[:, i],
            worse=worse,
        )
        # A density may exceed 1, a share may not.
        low, high = one.score.interval
        ends = max(0.0, low), high if name.key == "density" else min(1.0, high)
        scores.append(one._replace(score=one.score.model_copy(update={"interval": ends})))
    return tuple(scores)


def _lists(pool: Pool) -> NDArray[np.int32]:
    return neighbour_lists(pool.features, list_length(pool.n_reference, pool.n_model))


def repeat_score(samples: Comparison, twin: Indices) -> Judged:
    """Repeated showers.

    The null shown is the share within the reference, up to its 95 % limit (Clopper and Pearson): the
    model's own repeats would be in every exchange.

    Args:
        samples: to compare.
        twin: equal numbers for identical showers, (N,).
    """
    pool = samples.pool
    value = repeated_share(twin, pool.is_model)
    of_reference = repeated_share(twin, ~pool.is_model)
    exchanged = np.array([repeated_share(twin, row) for row in samples.labels])
    repeated = round(of_reference * pool.n_reference)
    limit = beta.ppf(0.95, repeated + 1, pool.n_reference - repeated) if of_reference < 1 else 1.0
    one = judged(
        REPEATS,
        pool,
        value=value,
        spread=_of_a_share(value, pool.n_model),
        null=exchanged,
        tested=np.append(value, exchanged),
        worse="high",
        how="repeats within Geant4",
    )
    return one._replace(
        score=one.score.model_copy(
            update={
                "interval": interval_of_a_share(value, pool.n_model),
                "null_median": of_reference,
                "null_interval": (of_reference, float(limit)),
            }
        )
    )


def _of_a_share(share: float, n: int) -> Jackknife:
    error = float(np.sqrt(share * (1 - share) / n))
    return Jackknife(0.0, error, error)


def interval_of_a_share(share: float, n: int) -> tuple[float, float]:
    """The 68 % interval of Clopper and Pearson for a share of n showers."""
    k = round(share * n)
    low = float(beta.ppf(0.16, k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(0.84, k + 1, n - k)) if k < n else 1.0
    return low, high
