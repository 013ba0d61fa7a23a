"""Equivalent Geant4 statistics of a run."""

from __future__ import annotations

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.equivalent import MIN_REFERENCE, equivalent_statistics
from calobench.evaluation.multivariate.worst import cumulative_profiles
from calobench.results.multivariate import EquivalentPoint, EquivalentStatistics, WorstObservable

__all__ = ["SCORES"]


def _compute(task: Task) -> Outcome:
    if len(task.reference) < MIN_REFERENCE:
        note = f"equivalent Geant4 statistics need {MIN_REFERENCE} reference showers or more"
        return Outcome(notes=(note,))
    worth = equivalent_statistics(
        task.at_fixed.reference,
        task.at_fixed.model,
        paired=task.paired,
        replicas=task.replicas,
        rng=task.rng,
        profiles=cumulative_profiles(task.reference, task.model),
    )
    record = EquivalentStatistics(
        showers=worth.showers,
        low=worth.low,
        high=worth.high,
        distance=worth.distance,
        error=worth.error,
        c=worth.law.c,
        points=tuple(EquivalentPoint(**point._asdict()) for point in worth.points),
        n_observables=worth.n_observables,
        worst=WorstObservable(**worth.worst._asdict()),
        n_model=len(task.model),
        n_reference=len(task.reference),
    )
    return Outcome(records={"equivalent": record})


SCORES = (MultivariateFunction("equivalent_showers", _compute, order=100),)
