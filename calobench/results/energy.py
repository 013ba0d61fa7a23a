"""Records of what depends on the incident energy: response, linearity and resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from calobench.results.record import Count, Floats, Record

__all__ = [
    "AverageRatio",
    "EnergyBin",
    "EnergyDependence",
    "ResponsePeak",
]


class EnergyBin(Record):
    """Response of the showers of one bin of incident energy, in one sample."""

    n: Count
    mean_energy_mev: float
    response: float = Field(description="mean of E_vis / E_inc")
    response_error: float
    resolution: float = Field(description="standard deviation of E_vis / E_inc over its mean")
    resolution_error: float
    mean90: float | None = Field(
        default=None,
        description="mean of E_vis / E_inc in the narrowest interval that holds 90 % of the showers",
    )
    mean90_error: float | None = Field(default=None, description="by bootstrap")
    resolution90: float | None = Field(
        default=None,
        description="rms90 over mean90; a Gaussian's is 0.789 of its standard deviation",
    )
    resolution90_error: float | None = Field(default=None, description="by bootstrap")


class AverageRatio(Record):
    """Model over Geant4, averaged over the energy bins that both have."""

    quantity: Literal["response", "resolution"]
    log_ratio: float = Field(
        description="mean natural logarithm; of the resolution: of the relative width about the trend "
        "with energy within each bin"
    )
    error: float = Field(ge=0, description="of the mean logarithm")
    n_bins: Count


class ResponsePeak(Record):
    """E_vis / E_inc of the showers of one bin of incident energy.

    Counts have underflow first and overflow last: len(edges)+1.
    """

    energy_mev: tuple[float, float] = Field(description="of the bin")
    edges: Floats
    reference: Floats
    model: Floats

    def _lengths(self) -> Mapping[str, int]:
        return {"edges": -1, "reference": 0, "model": 0}


class EnergyDependence(Record):
    """Linearity and resolution against incident energy; a bin with fewer than 5 showers is None."""

    edges_mev: Floats
    reference: tuple[EnergyBin | None, ...]
    model: tuple[EnergyBin | None, ...]
    averages: tuple[AverageRatio, ...] = ()
    peaks: tuple[ResponsePeak, ...] = Field(
        default=(), description="of the bins that both samples have"
    )

    def _lengths(self) -> Mapping[str, int]:
        return {"edges_mev": 1, "reference": 0, "model": 0}
