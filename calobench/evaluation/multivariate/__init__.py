"""Scores that look at all observables together: what no single histogram shows. One file a score."""

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.multivariate.evaluate import evaluate_multivariate
from calobench.evaluation.multivariate.frechet import frechet_distance
from calobench.evaluation.multivariate.jetnet import JetnetScore, fpd_jetnet, kpd_jetnet
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.prdc import Prdc, prdc
from calobench.evaluation.multivariate.samples import Comparison, Pool

__all__ = [
    "Comparison",
    "JetnetScore",
    "Judged",
    "MultivariateFunction",
    "Name",
    "Outcome",
    "Pool",
    "Prdc",
    "Task",
    "all_multivariate",
    "evaluate_multivariate",
    "fpd_jetnet",
    "frechet_distance",
    "judged",
    "kpd_jetnet",
    "prdc",
]
