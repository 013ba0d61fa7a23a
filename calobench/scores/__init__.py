"""Distances between a model's showers and the reference's, with errors and nulls."""

from calobench.scores.base import ScoreFunction, Values
from calobench.scores.catalogue import all_scores
from calobench.scores.energy_dependence import energy_dependence
from calobench.scores.evaluate import evaluate
from calobench.scores.samples import Distributions, Profiles, Samples, Weights

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
