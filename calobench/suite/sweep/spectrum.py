"""Incident energies of a sweep's timing: one, or the mean over a flat spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calobench.detectors import DetectorSpec
from calobench.simulate.options import Range, parse_range

__all__ = ["ONE_ENERGY", "Spectrum", "parse_spectrum"]


@dataclass(frozen=True)
class Spectrum:
    """Incident energies spread evenly between two, MeV; one energy if they are the same."""

    low_mev: float
    high_mev: float

    def __str__(self) -> str:
        """As ``--energies`` takes it."""
        return f"{self.low_mev / 1e3:g}" + (":" + f"{self.high_mev / 1e3:g}") * self.is_wide

    @property
    def is_wide(self) -> bool:
        """Whether there is more than one energy in it."""
        return self.high_mev > self.low_mev

    @property
    def mean_mev(self) -> float:
        """Mean incident energy, MeV."""
        return 0.5 * (self.low_mev + self.high_mev)

    @property
    def nodes_mev(self) -> tuple[float, ...]:
        """Energies whose plain mean is that over the spectrum, ascending, MeV.

        Chebyshev's quadrature with three equal weights, at the mean and at 1/sqrt(2) of the half-width on
        either side (Abramowitz and Stegun, 25.4.28): exact for what grows with the energy like a polynomial
        of the third degree. Equal weights make the error of the mean smallest for equal times of measuring.
        """
        if not self.is_wide:
            return (self.low_mev,)
        reach = 0.5 * (self.high_mev - self.low_mev) / math.sqrt(2)
        return (self.mean_mev - reach, self.mean_mev, self.mean_mev + reach)


ONE_ENERGY = Spectrum(50e3, 50e3)
"""Where nothing else is asked for."""


def parse_spectrum(text: str | None, detector: DetectorSpec) -> Spectrum:
    """Read one energy, or ``LOW:HIGH``, in GeV.

    Args:
        text: from the user; None for :data:`ONE_ENERGY`.
        detector: its range.

    Raises:
        ConditionsError: malformed, or outside the detector's range.
    """
    if text is None:
        return ONE_ENERGY
    given = parse_range(text, "--energies")
    allowed = Range(*detector.energy_range_mev).scaled(1e-3)
    remedy = f"stay inside, or widen energy_range_mev in a copy of the YAML of {detector.name}"
    given.require_within(allowed, "--energies", "GeV", remedy)
    return Spectrum(1e3 * given.low, 1e3 * given.high)
