"""Whether two samples may be compared at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from calobench.errors import ConditionsError
from calobench.showers import Conditions

__all__ = [
    "SPECTRUM_P_VALUE",
    "check_same_spectrum",
    "same_conditions",
    "spectra_agree",
    "why_not_paired",
]

SPECTRUM_P_VALUE = 1e-4
"""Incident spectra that agree are called different once in 10,000 comparisons of each quantity."""


_SAME = 1e-5
"""Conditions that differ less, relative or in rad, differ by the type of numbers they were kept in."""


def same_conditions(sample: Conditions, reference: Conditions) -> bool:
    """Whether ``sample`` has the reference's own conditions in order, repeated when it is longer."""
    return why_not_paired(sample, reference) is None


def why_not_paired(sample: Conditions, reference: Conditions) -> str | None:
    """The reason why ``sample`` does not have the reference's own conditions in order; None if it has.

    An azimuth is the same in (-pi, pi] and in [0, 2 pi).
    """
    expected = reference.repeated(len(sample))
    for label, unit, difference, limit, (of_sample, of_reference) in (
        ("incident energy", "MeV", sample.energy - expected.energy, _SAME * expected.energy,
         (sample.energy, expected.energy)),
        ("theta", "rad", sample.theta - expected.theta, _SAME, (sample.theta, expected.theta)),
        ("phi", "rad", sample.angle_from(expected), _SAME, (sample.phi, expected.phi)),
    ):  # fmt: skip
        other = np.abs(difference) > limit
        if other.any():
            first = int(other.argmax())
            return (
                f"{label} differs from the reference's in {int(other.sum())} of {len(sample)} showers, "
                f"first in shower {first}: {of_sample[first]:.6g} and {of_reference[first]:.6g} {unit}"
            )
    return None


def check_same_spectrum(sample: Conditions, reference: Conditions, name: str) -> None:
    """Kolmogorov-Smirnov test of incident energy and theta.

    Different spectra would show up in every observable as if the model were wrong.

    Raises:
        ConditionsError: the two differ with a p-value below ``SPECTRUM_P_VALUE``.
    """
    for label, unit, of_sample, of_reference in _pairs(sample, reference):
        if ks_2samp(of_sample, of_reference).pvalue < SPECTRUM_P_VALUE:
            raise ConditionsError(
                f"{name} and the reference have different {label} spectra (means "
                f"{of_sample.mean():.4g} and {of_reference.mean():.4g} {unit}); generate showers for the "
                "reference's conditions, give a reference with the same spectrum, or let "
                "'calobench run --reweight' keep those showers that match"
            )


def spectra_agree(sample: Conditions, reference: Conditions) -> bool:
    """Whether :func:`check_same_spectrum` would let the two samples pass."""
    return all(
        ks_2samp(of_sample, of_reference).pvalue >= SPECTRUM_P_VALUE
        for _, _, of_sample, of_reference in _pairs(sample, reference)
    )


def _pairs(
    sample: Conditions, reference: Conditions
) -> tuple[tuple[str, str, NDArray[np.float64], NDArray[np.float64]], ...]:
    return (
        ("incident-energy", "MeV", sample.energy, reference.energy),
        ("theta", "rad", sample.theta, reference.theta),
    )
