"""FPD and KPD as JetNet 0.2.5 computes them, for comparison with published numbers.

The algorithm is that of ``jetnet.evaluation.fpd`` and ``kpd`` (Kansal et al., arXiv:2211.10295; JetNet,
MIT licence), random draws included. Its quoted errors are not sampling errors: they are of the
fit and of the batches, for one fixed pair of samples, and cover too little. Neither is
its intercept free of the bias of the pair itself: batches are drawn with replacement, so that the
fit removes the bias of a batch and not that of the sample. For a judgement use
:mod:`calobench.evaluation.multivariate`'s own distances, which come with a null.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from calobench.errors import ConditionsError
from calobench.evaluation.multivariate.frechet import frechet_distance
from calobench.evaluation.multivariate.kernel import kernel_of_itself, kernel_sums

__all__ = ["JetnetScore", "fpd_jetnet", "kpd_jetnet"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Counts = NDArray[np.intp]

# Rows whose products are summed in single precision.
_ROWS = 2048


class JetnetScore(NamedTuple):
    """A value and the error as JetNet quotes it."""

    value: float
    error: float


def fpd_jetnet(
    real: Array,
    gen: Array,
    *,
    min_samples: int = 20_000,
    max_samples: int = 50_000,
    num_batches: int = 20,
    num_points: int = 10,
    normalise: bool = True,
    seed: int = 42,
) -> JetnetScore:
    """Frechet physics distance: squared Frechet distances of batches, extrapolated in 1/N.

    At ``num_points`` batch sizes, evenly spaced in 1/N, the mean over ``num_batches`` batches drawn
    with replacement; then a straight line in 1/N with intercept and slope bounded to >= 0. The
    value is the intercept, the error the root of its entry in the fit's covariance.

    Args:
        real: features of the reference, (N, d).
        gen: features of the model, (M, d).
        min_samples: smallest batch.
        max_samples: largest batch.
        num_batches: batches a size.
        num_points: sizes.
        normalise: divide each feature by the largest absolute value in ``real``.
        seed: of the draws.

    Raises:
        ConditionsError: the features are not two matrices with equally many columns.
    """
    real, gen = _features(real, gen, normalise=normalise)
    # About their own means the sums below lose no digits.
    centres = real.mean(axis=0), gen.mean(axis=0)
    sides = [
        (x - centre).astype(np.float32) for x, centre in zip((real, gen), centres, strict=True)
    ]
    sizes = (1 / np.linspace(1 / min_samples, 1 / max_samples, num_points)).astype("int32")
    rng = np.random.default_rng(seed)
    means = []
    for size in sizes:
        distances = []
        for _ in range(num_batches):
            # The order of the draws is part of the definition.
            counts = [np.bincount(rng.choice(len(x), size=size), minlength=len(x)) for x in sides]
            (mean, cov), (gen_mean, gen_cov) = map(_moments, sides, counts)
            shift = mean + centres[0], gen_mean + centres[1]
            distances.append(frechet_distance(shift[0], cov, shift[1], gen_cov))
        means.append(np.mean(distances))
    fit, covariance = curve_fit(
        lambda x, intercept, slope: intercept + slope * x,
        1 / sizes,
        means,
        bounds=([0, 0], [np.inf, np.inf]),
    )
    return JetnetScore(float(fit[0]), float(np.sqrt(covariance[0, 0])))


def kpd_jetnet(
    real: Array,
    gen: Array,
    *,
    num_batches: int = 10,
    batch_size: int = 5_000,
    normalise: bool = True,
    seed: int = 42,
) -> JetnetScore:
    """Kernel physics distance: median of the unbiased MMD^2 of batches drawn with replacement.

    Kernel (x.y / d + 1)^4. The error is half of the range from 16.275 to 83.725 % of the batches.

    Args:
        real: features of the reference, (N, d).
        gen: features of the model, (M, d).
        num_batches: how many.
        batch_size: rows of a batch.
        normalise: divide each feature by the largest absolute value in ``real``.
        seed: batch i is drawn with ``seed + 1000 i``.

    Raises:
        ConditionsError: the features are not two matrices with equally many columns.
    """
    real, gen = _features(real, gen, normalise=normalise)
    counts = np.zeros((num_batches, len(real))), np.zeros((num_batches, len(gen)))
    for batch in range(num_batches):
        rng = np.random.default_rng(seed + 1000 * batch)
        for side in counts:
            side[batch] = np.bincount(
                rng.choice(side.shape[1], size=batch_size), minlength=side.shape[1]
            )
    values = _discrepancies(real, gen, *counts)
    low, high = np.percentile(values, (16.275, 83.725))
    return JetnetScore(float(np.median(values)), float(high - low) / 2)


def _features(real: Array, gen: Array, *, normalise: bool) -> tuple[Array, Array]:
    real, gen = np.asarray(real, np.float64), np.asarray(gen, np.float64)
    if real.ndim != 2 or gen.ndim != 2 or real.shape[1] != gen.shape[1]:
        raise ConditionsError(
            f"features have the shapes {real.shape} and {gen.shape}; give two matrices with one "
            "row per shower and the same columns"
        )
    if not normalise:
        return real, gen
    largest = np.abs(real).max(axis=0)
    largest[largest == 0] = 1
    return real / largest, gen / largest


def _moments(features: Single, counts: Counts) -> tuple[Array, Array]:
    """Mean and covariance of a sample in which each row is ``counts`` times.

    Rows that were drawn several times are summed once. Products are in single precision, their sums over
    blocks of rows in double: of FPD that costs less than 1e-8.
    """
    rows, n = np.flatnonzero(counts), counts.sum()
    sums = np.zeros((features.shape[1] + 1,) * 2)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        roots = np.sqrt(counts[part], dtype=np.float32)[:, None]
        block = np.concatenate([features[part] * roots, roots], axis=1)
        sums += block.T @ block
    mean = sums[-1, :-1] / n
    return mean, (sums[:-1, :-1] - n * np.outer(mean, mean)) / (n - 1)


def _discrepancies(real: Array, gen: Array, of_real: Array, of_gen: Array) -> Array:
    """Unbiased MMD^2 of batches in which each row is as often as the counts say, (B,).

    The kernel of all rows is made once for all batches, unless it is less work to make that of the rows
    in each batch.
    """
    drawn = [np.count_nonzero(counts, axis=1) for counts in (of_real, of_gen)]
    if sum(np.sum(n**2) for n in drawn) < len(real) ** 2 + len(gen) ** 2 and len(of_real) > 1:
        parts = []
        for real_counts, gen_counts in zip(of_real, of_gen, strict=True):
            rows = np.flatnonzero(real_counts), np.flatnonzero(gen_counts)
            counts = real_counts[None, rows[0]], gen_counts[None, rows[1]]
            parts.append(_discrepancies(real[rows[0]], gen[rows[1]], *counts))
        return np.concatenate(parts)
    size = of_real.sum(axis=1)
    within = [
        (kernel_sums(x, x, counts, counts) - counts @ kernel_of_itself(x)) / (size * (size - 1))
        for x, counts in ((real, of_real), (gen, of_gen))
    ]
    across = kernel_sums(real, gen, of_real, of_gen) / size**2
    discrepancies: Array = within[0] + within[1] - 2 * across
    return discrepancies
