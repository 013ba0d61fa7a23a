"""Metrics that a gate compares: numbers with their errors, small enough to keep and complete without showers.

Every metric says how far the model is from Geant4. Two runs against the same reference are compared
metric by metric; the reference is common to both and cancels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from calobench.results.record import Count, Floats, Record

__all__ = [
    "QUALITY_VERSION",
    "Column",
    "CountMetric",
    "EstimateMetric",
    "HistogramMetric",
    "Kind",
    "Metric",
    "QualityRecord",
]

QUALITY_VERSION = 2
"""Raised whenever a metric of the same name comes to mean something else."""

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Of a metric: one of the kinds in :mod:`calobench.gate.kinds`, or of those that benchmarks declare."""


class Column(Record):
    """A number of every shower that metrics are made of."""

    name: str
    observable: str = Field(description="the observable it belongs to, and so its plot")
    label: str
    unit: str = Field(description="'' for a pure number")
    mean: float = Field(description="of the reference, in its unit")
    width: float = Field(
        ge=0, description="standard deviation at fixed energy and angle, averaged, in its unit"
    )


class _Metric(Record):
    name: str = Field(description="<column>.<kind>, or <column>~<column>.correlation")
    kind: Kind
    columns: tuple[str, ...] = Field(description="one, two for a correlation, none for the sample")


class EstimateMetric(_Metric):
    """A number with a Gaussian error, for the model and for the reference.

    Bias, slope and local bias are in widths of Geant4 at fixed conditions; a width is the logarithm of the
    ratio to Geant4's; a correlation is Fisher's arctanh. Of two photons: a separation is in mm, an
    efficiency, and an energy over the incident or visible one, a fraction; a resolution the
    logarithm of standard deviation over mean.
    """

    form: Literal["estimate"] = "estimate"
    value: float
    error: float = Field(ge=0)
    n: Count
    reference: float
    reference_error: float = Field(ge=0)
    n_reference: Count


class HistogramMetric(_Metric):
    """Showers in bins of equal content of the reference; the outermost are open."""

    form: Literal["histogram"] = "histogram"
    edges: Floats = Field(description="inner edges in widths of Geant4, one fewer than the bins")
    counts: tuple[Count, ...]
    reference_counts: tuple[Count, ...]

    def _lengths(self) -> Mapping[str, int]:
        return {"edges": -1, "counts": 0, "reference_counts": 0}


class CountMetric(_Metric):
    """Number of showers of the sample with a property."""

    form: Literal["count"] = "count"
    count: Count
    n: Count
    reference_count: Count
    n_reference: Count
    growing: bool = Field(
        default=False,
        description="showers are compared with each other: the fraction depends on how many there are",
    )
    failure: bool = Field(
        default=False,
        description="no sound model has more such showers than Geant4: compared with it as well",
    )
    possible: float | None = Field(
        default=None, ge=0, le=1, description="the fraction that physics allows; None: not known"
    )


Metric = Annotated[EstimateMetric | HistogramMetric | CountMetric, Field(discriminator="form")]


class QualityRecord(Record):
    """All metrics of one run."""

    version: int = QUALITY_VERSION
    n: Count
    n_reference: Count
    threshold_mev: float = Field(ge=0, description="cells with more energy are hits")
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...]
