"""What a score is: a distance between a model's sample and the reference's, 0 where they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.scores.samples import Distributions, Profiles, Samples, Weights

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

    Attributes:
        name: key in results.
        of_distributions: compares a number of every shower.
        of_profiles: compares a vector of every shower.
    """

    name: Literal["chi2", "separation", "wasserstein"]
    of_distributions: Callable[[Distributions, Weights], Values]
    of_profiles: Callable[[Profiles, Weights], Values]

    def __call__(self, samples: Samples, weights: Weights) -> Values:
        """The score of each replica."""
        if isinstance(samples, Distributions):
            return self.of_distributions(samples, weights)
        return self.of_profiles(samples, weights)
