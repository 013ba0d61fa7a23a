"""What a score is: a distance between a model's sample and the reference's, 0 where they agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.foreign import foreign_code
from calobench.errors import PluginError
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples, Weights
from calobench.results.schema import SCORE_NAME

__all__ = ["ScoreFunction", "Values"]

Array = NDArray[np.float64]


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
    """

    name: str
    of_distributions: Callable[[Distributions, Weights], Values]
    of_profiles: Callable[[Profiles, Weights], Values]
    order: int = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(SCORE_NAME, self.name):
            raise ValueError(
                f"a score cannot be named {self.name!r}; use small letters, digits and '_'"
            )

    def __call__(self, samples: Samples, weights: Weights) -> Values:
        """The score of each replica.

        Raises:
            PluginError: another package's fails, or it is not a finite number for every replica.
        """
        with foreign_code(f"the score '{self.name}'", self.of_distributions):
            if isinstance(samples, Distributions):
                values = self.of_distributions(samples, weights)
            else:
                values = self.of_profiles(samples, weights)
        if not np.isfinite(values.value).all():
            raise PluginError(
                f"the score '{self.name}' of {self.of_distributions.__module__} gives a value that is not "
                "finite; where it is undefined it must be 0"
            )
        return values
