"""Record of the benchmark in ``results.json``."""

from __future__ import annotations

from pydantic import Field

from calobench.results.quality import Column, EstimateMetric
from calobench.results.record import Count, Record

__all__ = ["HitCount"]


class HitCount(Record):
    """Mean number of cells above a threshold, in both samples."""

    threshold_mev: float = Field(gt=0)
    n: Count = Field(description="showers of the model")
    columns: tuple[Column, ...] = Field(description="what the metrics are made of")
    metrics: tuple[EstimateMetric, ...] = Field(description="what the gate compares")
