"""Kernel physics distance: how far apart two samples are in all their moments up to the fourth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench.evaluation.multivariate.samples import Pool

__all__ = [
    "SCALE",
    "KernelDistances",
    "kernel_distances",
    "kernel_matrix",
    "kernel_of_itself",
    "kernel_sums",
]

Array = NDArray[np.float64]

SCALE = 3.0
"""Spreads that count as one in the kernel: about what division by the largest of a few hundred
Gaussian values does, but the same at every N."""

# Entries of a kernel matrix that are worked on at once: 64 MB.
BLOCK = 8_000_000

# Rows and columns of a kernel matrix in single precision that stay in the cache: 2 MB.
TILE = 704


class KernelDistances(NamedTuple):
    """Unbiased squared maximum mean discrepancies.

    Attributes:
        of_labels: of each labelling, (B,).
        without: of the samples as they are with each group of showers left out, (G,).
    """

    of_labels: Array
    without: Array


def kernel_matrix(x: Array, y: Array) -> Array:
    """Polynomial kernel of degree 4, (x.y / d + 1)^4 (arXiv:2211.10295, section III).

    Args:
        x: (N, d).
        y: (M, d).

    Returns:
        (N, M).
    """
    kernel: Array = x @ y.T
    kernel /= x.shape[1]
    kernel += 1
    kernel *= kernel
    kernel *= kernel
    return kernel


def kernel_sums(x: Array, y: Array, x_counts: Array, y_counts: Array) -> Array:
    """Sums of the kernel over all pairs, each counted as often as its two rows are, (B,).

    The kernel is made in single precision, a tile that stays in the cache at a time; sums over tiles are
    in double precision. Means over 10,000 showers are good to about 1e-9.

    Args:
        x: (N, d).
        y: (M, d); the same object as ``x`` if the samples are the same, which halves the work.
        x_counts: how often each row counts, (B, N).
        y_counts: (B, M).
    """
    left, right = _augmented(x), _augmented(y)
    of_x, of_y = x_counts.astype(np.float32), y_counts.astype(np.float32)
    # Sums of what is left of a typical value round to both sides, and a hundred times less.
    typical = np.float32((x.mean(axis=0) @ y.mean(axis=0) / x.shape[1] + 1) ** 4)
    total: Array = float(typical) * x_counts.sum(axis=1) * y_counts.sum(axis=1)
    for i in range(0, len(x), TILE):
        for j in range(i if x is y else 0, len(y), TILE):
            kernel = left[i : i + TILE] @ right[j : j + TILE].T
            kernel *= kernel
            kernel *= kernel
            kernel -= typical
            times = of_x[:, i : i + TILE] @ kernel
            part = np.einsum("bj,bj->b", times, of_y[:, j : j + TILE], dtype=np.float64)
            total += 2 * part if x is y and j > i else part
    return total


def kernel_of_itself(x: Array) -> Array:
    """Kernel of each row with itself, (N,)."""
    kernel: Array = (np.einsum("ij,ij->i", x, x) / x.shape[1] + 1) ** 4
    return kernel


def _augmented(x: Array) -> NDArray[np.float32]:
    """Rows whose products are x.y / d + 1, (N, d + 1)."""
    rows = np.ones((len(x), x.shape[1] + 1), np.float32)
    rows[:, :-1] = x / np.sqrt(x.shape[1])
    return rows


def kernel_distances(
    pool: Pool, labels: NDArray[np.bool_], groups: NDArray[np.intp], scale: float = SCALE
) -> KernelDistances:
    """MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y), without the pairs that bias it.

    Left out is the pair of a shower with itself (Gretton et al., *Journal of Machine Learning
    Research* 13 (2012) 723, lemma 6) and, of paired samples, every pair of the same condition: such
    showers are not independent, and they are more frequent between the samples than within
    them. The expectation is then exactly 0 for samples that agree; half of the values are negative.

    The kernel matrix is made once, a block of rows at a time, for all labellings together.

    Args:
        pool: both samples.
        labels: labellings, true for the model, (B, N).
        groups: of the showers, from 0 to G - 1, (N,).
        scale: how much of a feature counts as one in the kernel.
    """
    x = pool.features / scale
    n, members = len(pool), _members(pool, groups)
    columns = np.concatenate([labels.astype(np.float64).T, members], axis=1)
    kernel_times = np.empty_like(columns)
    row_sums = np.empty(n)
    step = max(1, BLOCK // n)
    for first in range(0, n, step):
        block = kernel_matrix(x[first : first + step], x)
        kernel_times[first : first + step] = block @ columns
        row_sums[first : first + step] = block.sum(axis=1)
    related = _related(pool)
    kernel_related = related.copy()
    rows, cols = related.nonzero()
    kernel_related.data = ((x[rows] * x[cols]).sum(axis=1) / x.shape[1] + 1) ** 4
    sums = columns.T @ kernel_times - columns.T @ (kernel_related @ columns)
    # Pairs are counted as their kernels are summed.
    pairs = np.outer(columns.sum(axis=0), columns.sum(axis=0)) - columns.T @ (related @ columns)
    replicas = len(labels)
    to_all = row_sums - np.asarray(kernel_related.sum(axis=1)).ravel()
    pairs_to_all = n - np.asarray(related.sum(axis=1)).ravel()
    return KernelDistances(
        _of_labels(sums, pairs, columns[:, :replicas], to_all, pairs_to_all),
        _without(sums[replicas:, replicas:], pairs[replicas:, replicas:]),
    )


def _members(pool: Pool, groups: NDArray[np.intp]) -> Array:
    """Membership of showers in each group's reference part, then in its model part, (N, 2 G)."""
    in_group = groups[:, None] == np.arange(groups.max() + 1)
    parts = [in_group & ~pool.is_model[:, None], in_group & pool.is_model[:, None]]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _related(pool: Pool) -> sparse.csr_array:
    """1 for the pairs that are left out, (N, N)."""
    n = len(pool)
    if not pool.paired:
        return sparse.csr_array(sparse.identity(n, format="csr"))
    _, condition = np.unique(pool.condition, return_inverse=True)
    of_condition = sparse.csr_array((np.ones(n), (np.arange(n), condition)))
    return sparse.csr_array(of_condition @ of_condition.T)


def _of_labels(sums: Array, pairs: Array, labels: Array, to_all: Array, pairs_all: Array) -> Array:
    replicas = labels.shape[1]

    def parts(matrix: Array, all_: Array) -> tuple[Array, Array, Array]:
        model = np.diagonal(matrix)[:replicas]
        model_to_all = all_ @ labels
        across = model_to_all - model
        return model, across, all_.sum() - model_to_all - across

    mmd: Array = _mmd(parts(sums, to_all), parts(pairs, pairs_all))
    return mmd


def _without(sums: Array, pairs: Array) -> Array:
    groups = len(sums) // 2

    def parts(matrix: Array) -> tuple[Array, Array, Array]:
        # Blocks reference-reference, reference-model and model-model, less all that a group has.
        blocks = matrix.reshape(2, groups, 2, groups).swapaxes(1, 2)
        left = (
            blocks.sum(axis=(2, 3))[:, :, None]
            - blocks.sum(axis=2)
            - blocks.sum(axis=3)
            + np.diagonal(blocks, axis1=2, axis2=3)
        )
        return left[1, 1], left[0, 1], left[0, 0]

    mmd: Array = _mmd(parts(sums), parts(pairs))
    return mmd


def _mmd(sums: tuple[Array, Array, Array], pairs: tuple[Array, Array, Array]) -> Array:
    model, across, reference = (s / p for s, p in zip(sums, pairs, strict=True))
    mmd: Array = model + reference - 2 * across
    return mmd
