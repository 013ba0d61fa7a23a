"""Physics observables of a shower, one file a family."""

from calobench.observables.base import Axis, Observable, Projections
from calobench.observables.catalogue import all_observables
from calobench.observables.features import FeatureTable, compute_features

__all__ = [
    "Axis",
    "FeatureTable",
    "Observable",
    "Projections",
    "all_observables",
    "compute_features",
]
