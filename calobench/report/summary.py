"""Numbers of the energy dependence and of the families, for the page. No text here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calobench.results.schema import EnergyBin, EnergyDependence, ObservableResult, Results
from calobench.verdict.energy import worst_bin

__all__ = ["Average", "Deviation", "average_ratio", "by_family", "largest_deviation"]


@dataclass(frozen=True)
class Average:
    """Model over Geant4, averaged over the energy bins that both have."""

    value: float
    error: float
    n_bins: int


@dataclass(frozen=True)
class Deviation:
    """The energy bin where model over Geant4 is most errors away from one."""

    energy_mev: float
    value: float
    error: float


def average_ratio(data: EnergyDependence, quantity: str) -> Average | None:
    """Model over Geant4 of ``response`` or ``resolution``, averaged over energy.

    The mean of logarithms that the results hold. Without it, that of the bins, weighted by their numbers
    of showers, which know nothing of the ratio.
    """
    stored = next((one for one in data.averages if one.quantity == quantity), None)
    if stored is not None:
        ratio = math.exp(stored.log_ratio)
        return Average(ratio, ratio * stored.error, stored.n_bins)
    pairs = [
        (1 / (1 / reference.n + 1 / model.n), _log_ratio(reference, model, quantity))
        for reference, model in zip(data.reference, data.model, strict=False)
        if reference is not None and model is not None
    ]
    kept = [(weight, one) for weight, one in pairs if one is not None]
    if not kept:
        return None
    total = math.fsum(weight for weight, _ in kept)
    ratio = math.exp(math.fsum(weight * value for weight, (value, _) in kept) / total)
    error = math.hypot(*(weight * error for weight, (_, error) in kept)) / total
    return Average(ratio, ratio * error, len(kept))


def _log_ratio(reference: EnergyBin, model: EnergyBin, quantity: str) -> tuple[float, float] | None:
    (a, da), (b, db) = _read(model, quantity), _read(reference, quantity)
    return (math.log(a / b), math.hypot(da / a, db / b)) if a > 0 and b > 0 else None


def largest_deviation(data: EnergyDependence, quantity: str) -> Deviation | None:
    """Of all energy bins the most significant one; bins without an error cannot be it."""
    worst = worst_bin(data, quantity)
    return None if worst is None else Deviation(worst.energy_mev, worst.ratio, worst.error)


def _read(energy_bin: EnergyBin, quantity: str) -> tuple[float, float]:
    if quantity == "response":
        return energy_bin.response, energy_bin.response_error
    return energy_bin.resolution, energy_bin.resolution_error


def by_family(results: Results) -> dict[str, list[ObservableResult]]:
    """Observables of each family, in the order in which the results have them."""
    families: dict[str, list[ObservableResult]] = {}
    for observable in results.observables:
        families.setdefault(observable.family, []).append(observable)
    return families
