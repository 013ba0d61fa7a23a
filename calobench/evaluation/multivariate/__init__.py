"""Scores that look at all observables together: what no single histogram shows."""

from calobench.evaluation.multivariate.evaluate import evaluate_multivariate
from calobench.evaluation.multivariate.frechet import frechet_distance
from calobench.evaluation.multivariate.jetnet import JetnetScore, fpd_jetnet, kpd_jetnet
from calobench.evaluation.multivariate.prdc import Prdc, prdc

__all__ = [
    "JetnetScore",
    "Prdc",
    "evaluate_multivariate",
    "fpd_jetnet",
    "frechet_distance",
    "kpd_jetnet",
    "prdc",
]
