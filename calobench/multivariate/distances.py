"""Scores that are one number from zero up: Frechet, kernel and correlation distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calobench.multivariate.correlation import (
    correlation_difference,
    correlation_differences,
    correlations,
)
from calobench.multivariate.frechet import frechet_of, frechet_without
from calobench.multivariate.jackknife import jackknife
from calobench.multivariate.judging import Name, exchange_p_value, judged
from calobench.multivariate.kernel import kernel_distances
from calobench.multivariate.samples import Pool
from calobench.results.multivariate import MultivariateScore

__all__ = ["CORRELATIONS", "LAYERS", "correlation_score", "frechet_score", "kernel_score"]

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

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


def frechet_score(pool: Pool, labels: Mask, groups: Indices) -> MultivariateScore:
    """FPD less its bias.

    The p-value compares plain distances, for which any bias is the same in all exchanges. The null
    shown is theirs less their bias, which some of them measure for all.

    Args:
        pool: the features.
        labels: exchanges, (B, N).
        groups: for the jackknife, (N,).
    """
    plain = frechet_of(pool.features, pool.is_model)
    spread = jackknife(plain, frechet_without(pool, groups))
    null = np.array([frechet_of(pool.features, row) for row in labels])
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
        p_value=exchange_p_value(plain, null, "high"),
        worse="high",
    )


def kernel_score(pool: Pool, labels: Mask, groups: Indices) -> MultivariateScore:
    """KPD, as it is: unbiased, and negative half of the time where samples agree.

    Args:
        pool: the features.
        labels: exchanges, (B, N).
        groups: for the jackknife, (N,).
    """
    distances = kernel_distances(pool, np.concatenate([pool.is_model[None], labels]), groups)
    value, null = float(distances.of_labels[0]), distances.of_labels[1:]
    return judged(
        KPD,
        pool,
        value=value,
        spread=jackknife(value, distances.without),
        null=null,
        p_value=exchange_p_value(value, null, "high"),
        worse="high",
    )


def correlation_score(name: Name, pool: Pool, labels: Mask, groups: Indices) -> MultivariateScore:
    """Difference of correlations; its null at these sizes is not zero.

    Args:
        name: what is correlated.
        pool: columns to correlate, as features.
        labels: exchanges, (B, N).
        groups: for the jackknife, (N,).
    """
    values = correlation_differences(pool, np.concatenate([pool.is_model[None], labels]))
    value, null = float(values[0]), values[1:]
    without = [
        correlation_difference(
            *(
                correlations(pool.features[side & (groups != k)])
                for side in (~pool.is_model, pool.is_model)
            )
        )
        for k in range(int(groups.max()) + 1)
    ]
    return judged(
        name,
        pool,
        value=value,
        spread=jackknife(value, np.array(without)),
        null=null,
        p_value=exchange_p_value(value, null, "high"),
        worse="high",
    )
