"""Definition of a score: a distance between a model's sample and the reference's, 0 where they agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.foreign import foreign_code, module_of
from calobench.errors import PluginError
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples, Weights
from calobench.results.schema import Score
from calobench.results.scores import SCORE_NAME, ScoreRecord

__all__ = ["NullLaw", "ScoreFunction", "Values"]

Array = NDArray[np.float64]

NullLaw = Callable[[Score, float], float | None]
"""``(score, quantile) -> value``: of independent samples of a continuous observable that agree; None where
the law does not hold."""


class Values(NamedTuple):
    """A score in B replicas.

    Attributes:
        value: not negative and finite, (B,).
        ndf: degrees of freedom that ``value`` is divided by, (B,); None where there are none.
    """

    value: Array
    ndf: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class ScoreFunction:
    """A score of one observable.

    The contract, which the tests hold for every score that is registered:

    - 0 where the two samples are alike, larger where they differ; finite, also where a sample is
      empty or does not vary;
    - the weights alone decide: how often each shower counts, never in which order they stand;
    - all replicas at once, without a loop over showers.

    Attributes:
        name: key in results, ``snake_case``.
        of_distributions: compares a number of every shower.
        of_profiles: compares a vector of every shower.
        order: how it grows with a small difference: 1 for distances, 2 for sums of squares.
        title: for people, e.g. ``χ²/ndf``; '' for the name.
        unit: of its values, ``σ`` for widths of Geant4; '' for a pure number.
        description: what it means, for the legend of the page.
        page: it has columns in the table of the page, and a line below each plot.
        terminal: it has columns in the table of the terminal.
        judges: rank among the scores that judge an observable: the verdict takes the first that the
            observable has; None: it judges none.
        gate: the smallest change that matters, in its unit: the gate compares the score of every
            observable that it judges; None: it does not.
        averaged: it means the same for every observable, so that its mean over all of them is shown.
        effect_size: it is the size of a difference, in standard deviations of Geant4: what a use
            tolerates of the shape of a distribution is said in it.
        negligible: a smaller value is no difference, however significant.
        law: the null of numbers of independent samples, where it is known without resampling.
    """

    name: str
    of_distributions: Callable[[Distributions, Weights], Values]
    of_profiles: Callable[[Profiles, Weights], Values]
    order: int = 1
    title: str = ""
    unit: str = ""
    description: str = ""
    page: bool = True
    terminal: bool = False
    judges: int | None = None
    gate: float | None = None
    averaged: bool = False
    effect_size: bool = False
    negligible: float = 0.0
    law: NullLaw | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(SCORE_NAME, self.name):
            raise ValueError(
                f"a score cannot be named {self.name!r}; use small letters, digits and '_'"
            )

    @property
    def record(self) -> ScoreRecord:
        """The declaration, as results store it."""
        return ScoreRecord(
            name=self.name,
            title=self.title or self.name.replace("_", " "),
            unit=self.unit,
            description=self.description,
            page=self.page,
            terminal=self.terminal,
            judges=self.judges,
            gate=self.gate,
            averaged=self.averaged,
            effect_size=self.effect_size,
            negligible=self.negligible,
        )

    def __call__(self, samples: Samples, weights: Weights) -> Values:
        """The score of each replica.

        Raises:
            PluginError: another package's fails, or it does not give a finite number, not negative, for
                every replica.
        """
        with foreign_code(f"the score '{self.name}'", self.of_distributions):
            if isinstance(samples, Distributions):
                values = self.of_distributions(samples, weights)
            else:
                values = self.of_profiles(samples, weights)
        self._check(values, len(weights.model_draws.counts))
        return values

    def _check(self, values: object, replicas: int) -> None:
        whose = f"the score '{self.name}' of {module_of(self.of_distributions)}"
        if not isinstance(values, Values):
            raise PluginError(
                f"{whose} gives a {type(values).__name__}, it must be a Values; mend it there"
            )
        shape, kind = np.shape(values.value), np.asarray(values.value).dtype.kind
        if shape != (replicas,) or kind not in "fiu":
            raise PluginError(
                f"{whose} gives an array of shape {shape} and type {np.asarray(values.value).dtype}, it must "
                f"be {(replicas,)}, one number per replica; mend it there"
            )
        if not np.isfinite(values.value).all():
            raise PluginError(
                f"{whose} gives a value that is not finite; where it is undefined it must be 0"
            )
        if np.min(values.value, initial=0) < 0:
            raise PluginError(f"{whose} gives a negative value; a distance is 0 or larger")
