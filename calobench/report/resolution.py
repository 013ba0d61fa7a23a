"""The fit of the resolution in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calobench.report.text import measured, number
from calobench.results.schema import EnergyBin, EnergyDependence
from calobench.stats.resolution import ResolutionFit, Term, fit_resolution

__all__ = ["Terms", "fit_words", "fits_of", "terms_of"]

_MEV_A_GEV = 1000.0


class Terms(NamedTuple):
    """One sample's terms as text."""

    sample: str
    stochastic: str
    constant: str
    noise: str
    chi2: str


def fits_of(data: EnergyDependence) -> tuple[ResolutionFit | None, ResolutionFit | None]:
    """Fits of Geant4 and of the model; None for too few energies."""
    return _fit(data.reference), _fit(data.model)


def terms_of(data: EnergyDependence) -> list[Terms]:
    """A row for each sample that could be fitted, in per cent."""
    rows = zip(("Geant4", "model"), fits_of(data), strict=True)
    return [
        Terms(
            name,
            _term(fit.stochastic),
            _term(fit.constant),
            _term(fit.noise),
            f"{number(fit.chi2, 2)}/{fit.ndf}",
        )
        for name, fit in rows
        if fit is not None
    ]


def fit_words(fit: ResolutionFit) -> str:
    """The stochastic and constant terms as a physicist writes them."""
    return f"{_term(fit.stochastic)} %/√E ⊕ {_term(fit.constant)} %"


def _fit(bins: tuple[EnergyBin | None, ...]) -> ResolutionFit | None:
    known = [one for one in bins if one is not None]
    points = np.array(
        [(b.mean_energy_mev / _MEV_A_GEV, b.resolution, b.resolution_error) for b in known]
    ).reshape(-1, 3)
    return fit_resolution(points[:, 0], points[:, 1], points[:, 2])


def _term(term: Term) -> str:
    if term.error is None:
        return f"< {number(100 * term.upper, 2)}"
    return measured(100 * term.value, 100 * term.error)
