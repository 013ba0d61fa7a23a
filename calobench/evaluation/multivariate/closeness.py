"""Whether a model is too close to the reference: copies, near copies, neighbours nearer than Geant4's.

A perfect model's showers are as far from the reference as the reference's are from each other. Nearer
means that the model has seen them: it was trained on the reference, or is the reference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.regions import inner_edges
from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import permutation_p_value
from calobench.evaluation.multivariate.shapes import shapes
from calobench.observables.features import FeatureTable
from calobench.results.multivariate import Closeness
from calobench.stats.neighbours import nearest_distance, nearest_index

__all__ = ["SCORES", "closeness"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

NEAR = 0.1
"""A near copy is closer to a Geant4 shower than this part of what Geant4's own neighbours are apart: of
independent showers, which differ in ten or more ways, about one pair in 10^10 is."""

SAME = 1e-5
"""Two showers of which all profiles and the visible energy agree to this part are one: single precision
and the order of a sum cannot tell them apart."""

STRATUM = 100
"""Showers of the reference in a stratum of energy, about: showers of other energies are farther apart."""

MAX_STRATA = 8

PERMUTATIONS = 2000
"""Permutations for the p-value: the neighbours stay, so that one costs next to nothing."""


def closeness(
    reference: FeatureTable, model: FeatureTable, rng: np.random.Generator
) -> Closeness | None:
    """Distances of the model's showers to the reference's, beside those among Geant4's own.

    The test of neighbours (Schilling, *J. Am. Stat. Assoc.* 81 (1986) 799; for copies Yale et al.,
    *Neurocomputing* 416 (2020) 244) asks of each shower of both samples, within its stratum of energy,
    whether the nearest other one is of the other sample. Labels are exchanged within strata, without
    regard to pairs of one condition: permuting a shower with its copy would change nothing.

    Args:
        reference: observables of the reference's showers.
        model: of the model's.
        rng: source of randomness.

    Returns:
        None where either sample has fewer than two showers with energy.
    """
    alive = [_with_energy(table) for table in (reference, model)]
    real, generated = (
        shapes(table)[rows] for table, rows in zip((reference, model), alive, strict=True)
    )
    if min(len(real), len(generated)) < 2:
        return None
    energies = [
        table.conditions.energy[rows] for table, rows in zip((reference, model), alive, strict=True)
    ]
    # Paired showers have equal energies, and must share a stratum: no energy is an edge.
    edges = inner_edges(energies[0], int(np.clip(len(real) // STRATUM, 1, MAX_STRATA)))
    of_reference, of_model = (np.searchsorted(edges, e, side="right") for e in energies)
    own = nearest_distance(real)
    typical = np.array(
        [
            np.median(own[of_reference == s]) if np.any(of_reference == s) else np.median(own)
            for s in range(len(edges) + 1)
        ]
    )
    index = nearest_index(generated, real)
    distance = np.sqrt(((generated - real[index]) ** 2).sum(axis=1))
    exact = _same(real[index], generated) & _same_energy(reference, model, alive, index)
    cross, chance, p_value = _cross_neighbours(real, generated, of_reference, of_model, rng)
    return Closeness(
        n_model=len(generated),
        n_reference=len(real),
        exact=int(exact.sum()),
        near=int((distance <= NEAR * typical[of_model]).sum()),
        near_in_reference=int((own <= NEAR * typical[of_reference]).sum()),
        distance_ratio=float(np.median(distance / typical[of_model])),
        cross_neighbours=cross,
        cross_neighbours_null=chance,
        p_value=p_value,
        permutations=PERMUTATIONS,
    )


def _with_energy(table: FeatureTable) -> NDArray[np.bool_]:
    response = table.scalars.get("response")
    return np.ones(len(table), bool) if response is None else np.asarray(response > 0)


def _same(real: Array, generated: Array) -> NDArray[np.bool_]:
    return np.asarray((np.abs(real - generated) <= SAME * np.abs(generated) + 1e-12).all(axis=1))


def _same_energy(
    reference: FeatureTable, model: FeatureTable, alive: list[NDArray[np.bool_]], index: Indices
) -> NDArray[np.bool_]:
    """Whether the visible energies agree too: a copy that was scaled is a near copy."""
    name = "visible_energy"
    if name not in reference.scalars or name not in model.scalars:
        return np.ones(len(index), bool)
    real, generated = reference.scalars[name][alive[0]][index], model.scalars[name][alive[1]]
    return np.asarray(np.abs(real - generated) <= SAME * np.abs(generated))


def _cross_neighbours(
    real: Array,
    generated: Array,
    of_reference: Indices,
    of_model: Indices,
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    """Fraction of showers whose nearest neighbour is of the other sample, its null, and p of as many."""
    points = np.concatenate([real, generated])
    stratum = np.concatenate([of_reference, of_model])
    is_model = np.arange(len(points)) >= len(real)
    nearest = np.arange(len(points))
    for s in np.unique(stratum):
        members = np.flatnonzero(stratum == s)
        if len(members) > 1:
            nearest[members] = members[nearest_index(points[members])]
    observed = float(np.mean(is_model[nearest] != is_model))
    by_stratum = np.argsort(stratum, kind="stable")
    labels = is_model[by_stratum]
    null = np.empty(PERMUTATIONS)
    for b in range(PERMUTATIONS):
        shuffled = np.empty(len(points), bool)
        shuffled[np.lexsort((rng.random(len(points)), stratum))] = labels
        null[b] = np.mean(shuffled[nearest] != shuffled)
    return observed, float(np.median(null)), permutation_p_value(observed, null, "high")


def _compute(task: Task) -> Outcome:
    result = closeness(*task.tables, task.rng)
    return Outcome() if result is None else Outcome(records={"closeness": result})


SCORES = (MultivariateFunction("closeness", _compute, order=110),)
