"""Linearity and resolution: the response against the incident energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE, bin_index
from calobench.evaluation.univariate.response_peaks import response_peaks
from calobench.evaluation.univariate.response_ratio import Bin, LogRatio, response_ratios
from calobench.observables.features import FeatureTable
from calobench.results.schema import AverageRatio, EnergyBin, EnergyDependence
from calobench.stats.core import core_errors, core_moments
from calobench.stats.moments import moments

__all__ = ["energy_averages", "energy_dependence"]

Array = NDArray[np.float64]

BINS = 6
MIN_SHOWERS = 5


def energy_dependence(
    reference: FeatureTable,
    model: FeatureTable,
    edges_mev: Sequence[float] | None = None,
    seed: int | Sequence[int] = 0,
) -> EnergyDependence:
    """Response and resolution in bins of incident energy.

    Args:
        reference: has the observable ``response``.
        model: likewise; its showers outside the edges are left out.
        edges_mev: increasing edges, MeV; the last bin includes its upper edge. Without them, six
            bins with about equal numbers of reference showers (fewer if energies coincide).
        seed: of the bootstrap for the errors of mean90 and rms90.

    Returns:
        Both samples in the same bins; a bin with fewer than 5 showers is None.
    """
    if edges_mev is None:
        edges = _equal_numbers(reference.conditions.energy)
    else:
        edges = np.asarray(edges_mev, np.float64)
    of_model, of_reference = _split(model, edges), _split(reference, edges)
    return EnergyDependence(
        edges_mev=tuple(edges.tolist()),
        reference=_bins(of_reference, np.random.default_rng(seed)),
        model=_bins(of_model, np.random.default_rng(seed)),
        averages=_averages(of_reference, of_model),
        peaks=response_peaks(edges, of_reference, of_model),
    )


def energy_averages(reference: FeatureTable, model: FeatureTable) -> tuple[AverageRatio, ...]:
    """Mean response and resolution of the model over Geant4's: what :func:`energy_dependence` averages.

    Args:
        reference: has the observable ``response``.
        model: likewise.
    """
    edges = _equal_numbers(reference.conditions.energy)
    return _averages(_split(reference, edges), _split(model, edges))


def _averages(reference: Sequence[Bin], model: Sequence[Bin]) -> tuple[AverageRatio, ...]:
    both = [
        pair
        for pair in zip(reference, model, strict=True)
        if min(len(energy) for energy, _ in pair) >= MIN_SHOWERS
    ]
    ratios = response_ratios(both)
    if ratios is None:
        return ()
    response, resolution = ratios
    return (
        _average("response", response),
        _average("resolution", resolution),
    )


def _average(quantity: Literal["response", "resolution"], ratio: LogRatio) -> AverageRatio:
    return AverageRatio(
        quantity=quantity, log_ratio=ratio.value, error=ratio.error, n_bins=ratio.bins
    )


def _equal_numbers(energy: Array) -> Array:
    edges = np.quantile(energy, np.linspace(0, 1, BINS + 1))
    # Energies of one beam may differ by rounding: they are one bin, and one edge.
    if edges[-1] - edges[0] <= TOLERANCE * edges[-1]:
        return np.array([edges[0] * 0.99, edges[-1] * 1.01])
    rises = np.diff(edges) > TOLERANCE * edges[-1]
    return np.asarray(edges[np.append(True, rises)])


def _split(table: FeatureTable, edges: Array) -> list[Bin]:
    """Energies and responses of the showers of each bin."""
    energy = table.conditions.energy
    index = bin_index(energy, edges, closed=True) - 1
    response = table.scalars["response"]
    return [(energy[index == k], response[index == k]) for k in range(len(edges) - 1)]


def _bins(parts: Sequence[Bin], rng: np.random.Generator) -> tuple[EnergyBin | None, ...]:
    return tuple(_bin(energy, response, rng) for energy, response in parts)


def _bin(energy: Array, response: Array, rng: np.random.Generator) -> EnergyBin | None:
    if len(energy) < MIN_SHOWERS:
        return None
    plain = moments(response)
    resolution = resolution_error = 0.0
    # Without any response there is no resolution; with no spread it is 0 without an error.
    if plain.mean > 0 and plain.std > 0:
        resolution = plain.std / plain.mean
        relative = np.hypot(plain.std_error / plain.std, plain.mean_error / plain.mean)
        resolution_error = resolution * float(relative)
    core, core_error = core_moments(response), core_errors(response, rng)
    mean90, resolution90, resolution90_error = float(core.mean), 0.0, 0.0
    if mean90 > 0:
        resolution90 = float(core.rms) / mean90
        # The error of the mean is small beside that of the spread, and correlated with it.
        resolution90_error = float(core_error.rms) / mean90
    return EnergyBin(
        n=len(energy),
        mean_energy_mev=float(energy.mean()),
        response=plain.mean,
        response_error=plain.mean_error,
        resolution=resolution,
        resolution_error=resolution_error,
        mean90=mean90,
        mean90_error=float(core_error.mean),
        resolution90=resolution90,
        resolution90_error=resolution90_error,
    )
