"""Physics observables of a shower, one file a family."""

from calobench.observables.base import Axis, Observable, PlainWords, Projections
from calobench.observables.catalogue import all_observables
from calobench.observables.features import FeatureTable, compute_features

__all__ = [
    "Axis",
    "FeatureTable",
    "Observable",
    "PlainWords",
    "Projections",
    "all_observables",
    "compute_features",
]
