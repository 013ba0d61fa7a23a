"""Definition of a many-dimensional score: one statement about two samples, from all observables together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.foreign import foreign_code, is_foreign, module_of
from calobench.errors import PluginError
from calobench.evaluation.conditional.residuals import Residuals
from calobench.evaluation.multivariate.judging import Judged, Name
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.evaluation.multivariate.shapes import duplicates, shapes
from calobench.observables.features import FeatureTable
from calobench.results.multivariate import MultivariateScore
from calobench.results.record import Record
from calobench.showers import Conditions

__all__ = ["Distance", "MultivariateFunction", "Outcome", "Task"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Task:
    """Two samples, in every form that a score may need.

    Attributes:
        samples: the showers that are compared, their permutations and their jackknife groups.
        names: of the features of ``samples.pool``, the conditions (``incident_...``) first, (d,).
        tested_names: of those of ``samples.symmetric``.
        reference: observables of all reference showers, (N_ref,) rows.
        model: of all showers of the model.
        rows: which of all showers are compared, reference first, (N,).
        at_fixed: observables of all showers at fixed incident particle.
        paired: model shower i has the condition of reference shower ``i mod N_ref``.
        replicas: of a bootstrap, where a score needs one.
        rng: source of randomness.
    """

    samples: Comparison
    names: tuple[str, ...]
    tested_names: tuple[str, ...]
    reference: FeatureTable
    model: FeatureTable
    rows: Indices
    at_fixed: Residuals
    paired: bool
    replicas: int
    rng: np.random.Generator

    @cached_property
    def tables(self) -> tuple[FeatureTable, FeatureTable]:
        """The observables of the showers that are compared, of reference and model."""
        n = len(self.reference)
        of_reference, of_model = self.rows[self.rows < n], self.rows[self.rows >= n]
        return self.reference.rows(of_reference), self.model.rows(of_model - n)

    @cached_property
    def conditions(self) -> Conditions:
        """Of the showers that are compared, reference first, (N,)."""
        sides = [table.conditions for table in self.tables]
        return Conditions(
            *(
                np.concatenate([getattr(side, name) for side in sides])
                for name in ("energy", "theta", "phi")
            )
        )

    @cached_property
    def duplicates(self) -> Indices:
        """Equal numbers for showers that are (nearly) the same, (N,)."""
        return duplicates(*(shapes(table) for table in self.tables))


class Outcome(NamedTuple):
    """Scores, records and notes of one step.

    Attributes:
        judged: scores whose nulls are the permutations of the task: the verdict takes them as one family.
        scores: scores with nulls of their own.
        records: further results, by field of ``MultivariateResults``; calobench's own scores only.
        notes: what was left out or reduced, and why.
    """

    judged: tuple[Judged, ...] = ()
    scores: tuple[MultivariateScore, ...] = ()
    records: Mapping[str, Record] = {}
    notes: tuple[str, ...] = ()


class Distance(NamedTuple):
    """A score of one model, so that it may be compared with that of another on the same conditions.

    Attributes:
        plain: the statistic of all showers.
        without: the same with each group of showers left out, (G,).
        bias: what the score is less than the statistic.
    """

    plain: float
    without: Array
    bias: float = 0.0

    @property
    def value(self) -> float:
        """The score."""
        return self.plain - self.bias


@dataclass(frozen=True)
class MultivariateFunction:
    """A many-dimensional score, or several that are computed together.

    The contract, which the tests hold for all that are registered:

    - the p-value is that of permutations: :func:`~calobench.evaluation.multivariate.judging.judged` makes one
      from the statistic of every labelling, ``task.samples.observed_first``;
    - showers of one condition are exchanged with each other alone; nothing depends on the order of showers
      but what declares to;
    - nothing is changed in place, and ``task.rng`` is the only source of randomness.

    Attributes:
        name: ``snake_case``, unique; what ``progress`` is told.
        compute: ``(task) -> outcome``; an empty one where it cannot be computed.
        order: scores are computed and shown in ascending order of it, calobench's own first.
        names: what its scores declare, each of which it may give; further ones have no declaration.
        distance: ``(pool, groups)``: its first score for a comparison of two models, with the groups (N,) of
            both pools alike; None where two models are not compared by it.
    """

    name: str
    compute: Callable[[Task], Outcome]
    order: int = 1000
    names: tuple[Name, ...] = ()
    distance: Callable[[Pool, Indices], Distance] | None = None

    def __call__(self, task: Task) -> Outcome:
        """The outcome.

        Raises:
            PluginError: another package's fails, or gives something else than the contract says.
        """
        with foreign_code(f"the score '{self.name}'", self.compute):
            outcome = self.compute(task)
        if is_foreign(self.compute):
            self._check(outcome, len(task.samples.labels) + 1)
        return outcome

    def _check(self, outcome: object, labellings: int) -> None:
        whose = f"the score '{self.name}' of {module_of(self.compute)}"
        if not isinstance(outcome, Outcome):
            raise PluginError(
                f"{whose} gives a {type(outcome).__name__}, it must be an Outcome; mend it there"
            )
        if outcome.records:
            raise PluginError(
                f"{whose} gives further results, for which 'results.json' has no place; make it a benchmark"
            )
        for one in outcome.judged:
            shape = np.shape(one.statistic)
            if shape != (labellings,) or not np.isfinite(one.statistic).all():
                raise PluginError(
                    f"{whose} gives a statistic of shape {shape} for '{one.score.name}', it must be "
                    f"{(labellings,)}, a finite number per labelling; mend it there"
                )
