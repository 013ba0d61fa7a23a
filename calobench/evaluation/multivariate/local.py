"""Faults in a region of energy and angle: where the model is farther from Geant4 than it is on average.

A scan statistic (Kulldorff, *Communications in Statistics* 26 (1997) 1481): every observable in every
window of energies and angles; the largest difference counts, and its chance is that of the largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.regions import inner_edges
from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.results.multivariate import LocalFault
from calobench.showers import Conditions
from calobench.stats.jackknife import Jackknife

__all__ = ["SCORES", "local_score"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NAME = Name(
    "local",
    "largest local difference",
    "Largest difference of a mean between model and Geant4 in a window of energies and angles, beyond "
    "their difference over all showers, in its errors.",
)

# Bins of equal content in energy and in theta; windows are ranges of them.
BINS = (6, 4)

# Labellings that are looked at together: bounds the memory.
BLOCK = 100

MIN_SHOWERS = 15
"""Of either sample in a window, in most permutations too: fewer have no mean."""


class _Windows(NamedTuple):
    """Ranges of bins.

    Attributes:
        cell: bin of energy and angle of each shower, (N,).
        members: which bins a window holds, (W, cells).
        energy: range of each window, MeV, (W, 2).
        theta: rad, (W, 2).
    """

    cell: NDArray[np.intp]
    members: Array
    energy: Array
    theta: Array


def local_score(
    samples: Comparison, names: Sequence[str], conditions: Conditions
) -> tuple[Judged, LocalFault] | None:
    """The largest local difference of all observables, where it is, and its p-value by permutation.

    Args:
        samples: to compare; features at fixed incident particle.
        names: of the features for tests, (d,).
        conditions: of the showers, reference first, (N,).

    Returns:
        None where no window has enough showers of both samples, or nothing varies.
    """
    pool = samples.symmetric
    # The conditions are features too, and agree by construction.
    columns = [k for k, name in enumerate(names) if not name.startswith("incident_")]
    windows = _windows(conditions)
    windows = _large_enough(windows, pool)
    if not columns or not len(windows.members):
        return None
    features, labels = pool.features[:, columns], samples.observed_first
    largest = np.concatenate(
        [
            np.abs(_pulls(features, labels[first : first + BLOCK], windows)).max(axis=(1, 2))
            for first in range(0, len(labels), BLOCK)
        ]
    )
    (pulls,) = _pulls(features, labels[:1], windows)
    w, k = np.unravel_index(np.abs(pulls).argmax(), pulls.shape)
    one = judged(
        NAME,
        pool,
        value=float(largest[0]),
        # A pull has an error of one.
        spread=Jackknife(0.0, 1.0, 1.0),
        null=largest[1:],
        tested=largest,
        worse="high",
    )
    inside = windows.members[w][windows.cell] > 0
    n_model, n_reference = (int((inside & side).sum()) for side in (pool.is_model, ~pool.is_model))
    error = _error(np.array(n_model), np.array(n_reference), pool)
    fault = LocalFault(
        observable=names[columns[k]],
        energy_mev=(float(windows.energy[w, 0]), float(windows.energy[w, 1])),
        theta=(float(windows.theta[w, 0]), float(windows.theta[w, 1])),
        difference=float(pulls[w, k] * error),
        error=float(error),
        n_model=n_model,
        n_reference=n_reference,
        p_value=one.score.p_value,
    )
    return one, fault


def _windows(conditions: Conditions) -> _Windows:
    quantities = conditions.energy, conditions.theta
    inner = [inner_edges(x, bins) for x, bins in zip(quantities, BINS, strict=True)]
    places = [np.searchsorted(e, x, side="right") for e, x in zip(inner, quantities, strict=True)]
    edges = [np.array([x.min(), *e, x.max()]) for e, x in zip(inner, quantities, strict=True)]
    shape = tuple(len(e) + 1 for e in inner)
    ranges = [list(combinations(range(bins + 1), 2)) for bins in shape]
    members, energy, theta = [], [], []
    for low, high in ranges[0]:
        for left, right in ranges[1]:
            window = np.zeros(shape)
            window[low:high, left:right] = 1
            members.append(window.ravel())
            energy.append((edges[0][low], edges[0][high]))
            theta.append((edges[1][left], edges[1][right]))
    cell = np.asarray(places[0] * shape[1] + places[1], np.intp)
    return _Windows(cell, np.array(members), np.array(energy), np.array(theta))


def _large_enough(windows: _Windows, pool: Pool) -> _Windows:
    """Windows with enough showers of both samples inside and outside."""
    cells = windows.members.shape[1]
    kept = np.ones(len(windows.members), bool)
    for side in (pool.is_model, ~pool.is_model):
        inside = windows.members @ np.bincount(windows.cell[side], minlength=cells)
        kept &= np.minimum(inside, side.sum() - inside) >= MIN_SHOWERS
    members, energy, theta = (one[kept] for one in windows[1:])
    return _Windows(windows.cell, members, energy, theta)


def _error(n_model: Array, n_reference: Array, pool: Pool) -> Array:
    """Of the difference inside minus the one over all, for features of width 1."""
    variance = 1 / n_model - 1 / pool.n_model + 1 / n_reference - 1 / pool.n_reference
    error: Array = np.sqrt(variance)
    return error


def _pulls(features: Array, labels: Mask, windows: _Windows) -> Array:
    """Local difference over its error, for each labelling, window and feature, (B, W, K)."""
    cells = windows.members.shape[1]
    # In double precision: single would move pulls by 1e-8 from processor to processor, and ranks with them.
    labelled = labels.astype(np.float64)
    features = features / np.maximum(features.std(axis=0), 1e-12)
    sums, counts = [], []
    for cell in range(cells):
        inside = windows.cell == cell
        sums.append(labelled[:, inside] @ features[inside])
        counts.append(labelled[:, inside].sum(axis=1))
    of_model = np.einsum("wc,cbk->bwk", windows.members, np.array(sums), optimize=True)
    n_model = np.array(counts).T @ windows.members.T
    totals = np.array([features[windows.cell == c].sum(axis=0) for c in range(cells)])
    both = windows.members @ totals
    n_both = windows.members @ np.bincount(windows.cell, minlength=cells)
    n_reference = n_both - n_model
    # A permutation without pairing may leave a window with nearly nothing of one sample.
    enough = np.minimum(n_model, n_reference) >= MIN_SHOWERS / 2
    n_m, n_r = (
        np.where(enough, n_model, 1.0)[..., None],
        np.where(enough, n_reference, 1.0)[..., None],
    )
    here = of_model / n_m - (both - of_model) / n_r
    all_model = labelled @ features
    m = labelled.sum(axis=1)[:, None]
    everywhere = all_model / m - (features.sum(axis=0) - all_model) / (len(features) - m)
    variance = 1 / n_m - 1 / m[..., None] + 1 / n_r - 1 / (len(features) - m[..., None])
    pulls = (here - everywhere[:, None]) / np.sqrt(np.maximum(variance, 1e-9))
    return np.where(enough[..., None], pulls, 0.0)


def _compute(task: Task) -> Outcome:
    scored = local_score(task.samples, task.tested_names, task.conditions)
    if scored is None:
        return Outcome()
    one, fault = scored
    return Outcome((one,), records={"local": fault})


SCORES = (MultivariateFunction("local", _compute, order=70, names=(NAME,)),)
