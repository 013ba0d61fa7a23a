"""The mean shower of both samples, as pictures."""

from __future__ import annotations

from pydantic import Field

from calobench.results.record import Count, Floats, Record

__all__ = ["MeanImage", "MeanShowers"]


class MeanImage(Record):
    """Mean over showers of the fraction of the visible energy in each cell of a projection."""

    n: Count = Field(description="showers with energy")
    rz: tuple[Floats, ...] = Field(description="sum over azimuth, (R, Z)")
    rz_error: tuple[Floats, ...] = Field(description="standard error of the mean")
    r_phi: tuple[Floats, ...] = Field(description="sum over layers, (R, PHI)")


class MeanShowers(Record):
    """Mean showers of Geant4 and of the model, over all their conditions."""

    reference: MeanImage
    model: MeanImage
