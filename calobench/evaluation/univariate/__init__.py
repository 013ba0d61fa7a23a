"""Distances between a model's showers and the reference's, with errors and nulls."""

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples, Weights

__all__ = [
    "Distributions",
    "Profiles",
    "Samples",
    "ScoreFunction",
    "Values",
    "Weights",
    "all_scores",
    "energy_dependence",
    "evaluate",
]
