"""Equivalent Geant4 statistics of a run."""

from __future__ import annotations

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.equivalent import FEWEST_REFERENCE, equivalent_statistics
from calobench.evaluation.multivariate.worst import cumulative_profiles
from calobench.results.multivariate import EquivalentPoint, EquivalentStatistics, WorstObservable

__all__ = ["SCORES"]


def _compute(task: Task) -> Outcome:
    if len(task.reference) < FEWEST_REFERENCE:
        note = f"equivalent Geant4 statistics need {FEWEST_REFERENCE} reference showers or more"
        return Outcome(notes=(note,))
    found = equivalent_statistics(
        task.at_fixed.reference,
        task.at_fixed.model,
        paired=task.paired,
        replicas=task.replicas,
        rng=task.rng,
        profiles=cumulative_profiles(task.reference, task.model),
    )
    record = EquivalentStatistics(
        showers=found.showers,
        low=found.low,
        high=found.high,
        distance=found.distance,
        error=found.error,
        c=found.law.c,
        points=tuple(EquivalentPoint(**point._asdict()) for point in found.points),
        n_observables=found.n_observables,
        worst=WorstObservable(**found.worst._asdict()),
        n_model=len(task.model),
        n_reference=len(task.reference),
    )
    return Outcome(records={"equivalent": record})


SCORES = (MultivariateFunction("equivalent_showers", _compute, order=100),)
