"""Scores that are one number from zero up: Frechet, kernel and correlation distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calobench.evaluation.multivariate.correlation import (
    correlation_difference,
    correlation_differences,
    correlations,
)
from calobench.evaluation.multivariate.frechet import frechet_of, frechet_of_labels, frechet_without
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.kernel import SCALE, kernel_distances
from calobench.evaluation.multivariate.samples import Comparison
from calobench.stats.jackknife import jackknife

__all__ = ["CORRELATIONS", "LAYERS", "correlation_score", "frechet_score", "kernel_score"]

FPD = Name(
    "fpd",
    "FPD",
    "Frechet distance of the Gaussians fitted to the features, squared; the bias of finite samples "
    "is extrapolated away.",
)
KPD = Name(
    "kpd",
    "KPD",
    "Unbiased squared maximum mean discrepancy with a polynomial kernel of degree 4; zero on average "
    "for samples that agree.",
)
CORRELATIONS = Name(
    "correlation",
    "Δρ of features",
    "Root mean square difference of the correlations of all pairs of features.",
)
LAYERS = Name(
    "layer_correlation",
    "Δρ of layers",
    "Root mean square difference of the correlations of all pairs of layer energies.",
)

# Exchanges whose bias is extrapolated too; their mean is that of all.
BIASES = 10


def frechet_score(samples: Comparison) -> Judged:
    """FPD less its bias.

    The p-value compares plain distances, for which any bias is the same in all exchanges. The null
    shown is theirs less their bias, which some of them measure for all.

    Args:
        samples: to compare.
    """
    pool, groups, labels = samples.pool, samples.groups, samples.labels
    plain = frechet_of(pool.features, pool.is_model)
    spread = jackknife(plain, frechet_without(pool, groups))
    null = frechet_of_labels(pool.features, labels)
    biases = [
        jackknife(value, frechet_without(replace(pool, is_model=row), groups)).bias
        for value, row in zip(null[:BIASES], labels[:BIASES], strict=True)
    ]
    return judged(
        FPD,
        pool,
        value=plain - spread.bias,
        spread=spread,
        null=null - np.mean(biases),
        tested=frechet_of_labels(samples.symmetric.features, samples.observed_first),
        worse="high",
        squared=True,
    )


def kernel_score(samples: Comparison, scale: float = SCALE) -> Judged:
    """KPD, as it is: unbiased, and negative half of the time where samples agree.

    Args:
        samples: to compare.
        scale: how much of a feature counts as one in the kernel.
    """
    labels, groups = samples.observed_first, samples.groups
    found = kernel_distances(samples.pool, labels, groups, scale)
    tested = kernel_distances(samples.symmetric, labels, groups, scale).of_labels
    value = float(found.of_labels[0])
    return judged(
        KPD,
        samples.pool,
        value=value,
        spread=jackknife(value, found.without),
        null=found.of_labels[1:],
        tested=tested,
        worse="high",
        squared=True,
    )


def correlation_score(name: Name, samples: Comparison) -> Judged:
    """Difference of correlations; its null at these sizes is not zero.

    Args:
        name: what is correlated.
        samples: to compare, what is correlated as their features.
    """
    pool, groups = samples.pool, samples.groups
    values = correlation_differences(pool, samples.observed_first)
    tested = correlation_differences(samples.symmetric, samples.observed_first)
    without = [
        correlation_difference(
            *(
                correlations(pool.features[side & (groups != k)])
                for side in (~pool.is_model, pool.is_model)
            )
        )
        for k in range(int(groups.max()) + 1)
    ]
    value = float(values[0])
    return judged(
        name,
        pool,
        value=value,
        spread=jackknife(value, np.array(without)),
        null=values[1:],
        tested=tested,
        worse="high",
    )
