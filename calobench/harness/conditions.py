"""Whether two samples may be compared at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from calobench.errors import ConditionsError
from calobench.showers import Conditions

__all__ = ["SPECTRUM_P_VALUE", "check_same_spectrum", "same_conditions", "spectra_agree"]

SPECTRUM_P_VALUE = 1e-4
"""Incident spectra that agree are called different once in 10,000 comparisons of each quantity."""


def same_conditions(sample: Conditions, reference: Conditions) -> bool:
    """Whether ``sample`` has the reference's own conditions in order, repeated when it is longer."""
    expected = reference.repeated(len(sample))
    return bool(
        np.allclose(sample.energy, expected.energy, rtol=1e-5)
        and np.allclose(sample.theta, expected.theta, rtol=0, atol=1e-5)
        and np.allclose(sample.phi, expected.phi, rtol=0, atol=1e-5)
    )


def check_same_spectrum(sample: Conditions, reference: Conditions, name: str) -> None:
    """Kolmogorov-Smirnov test of incident energy and theta.

    Different spectra would show up in every observable as if the model were wrong.

    Raises:
        ConditionsError: the two differ with a p-value below ``SPECTRUM_P_VALUE``.
    """
    for label, unit, ours, theirs in _pairs(sample, reference):
        if ks_2samp(ours, theirs).pvalue < SPECTRUM_P_VALUE:
            raise ConditionsError(
                f"{name} and the reference have different {label} spectra (means "
                f"{ours.mean():.4g} and {theirs.mean():.4g} {unit}); generate showers for the "
                "reference's conditions, give a reference with the same spectrum, or let "
                "'calobench run --reweight' keep those showers that match"
            )


def spectra_agree(sample: Conditions, reference: Conditions) -> bool:
    """Whether :func:`check_same_spectrum` would let the two samples pass."""
    return all(
        ks_2samp(ours, theirs).pvalue >= SPECTRUM_P_VALUE
        for _, _, ours, theirs in _pairs(sample, reference)
    )


def _pairs(
    sample: Conditions, reference: Conditions
) -> tuple[tuple[str, str, NDArray[np.float64], NDArray[np.float64]], ...]:
    return (
        ("incident-energy", "MeV", sample.energy, reference.energy),
        ("theta", "rad", sample.theta, reference.theta),
    )
