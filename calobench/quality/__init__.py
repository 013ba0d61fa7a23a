"""The metrics that a gate compares, made from the feature tables of a run."""

from calobench.quality.measure import measure_quality
from calobench.quality.yardstick import Sample, Yardstick

__all__ = ["Sample", "Yardstick", "measure_quality"]
