"""Response and resolution of the model over those of Geant4, averaged over bins of incident energy.

A ratio r is as likely to be off by a factor as by its inverse: logarithms are averaged. Weights must not
know the ratio: 1 / error^2 does, for an error that is proportional to the value, and pulls the mean of
agreeing samples below one (by 4 % for six bins of 40 showers). They are taken from both samples together,
and so is the kurtosis that the error of a spread depends on, which 40 showers cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bin", "LogRatio", "ResponseRatios", "response_ratios"]

Array = NDArray[np.float64]
Bin = tuple[Array, Array]
"""Incident energies and responses of one sample in one bin."""


class LogRatio(NamedTuple):
    """Logarithm of model over Geant4, averaged over bins.

    Attributes:
        value: mean logarithm.
        error: its standard deviation.
        bins: how many.
    """

    value: float
    error: float
    bins: int


class ResponseRatios(NamedTuple):
    """Of the mean response, and of its relative width at fixed energy."""

    response: LogRatio
    resolution: LogRatio


class _Bin(NamedTuple):
    """One energy bin: residuals about the common trend with energy, and the mean responses."""

    mean: tuple[float, float]
    residual: tuple[Array, Array]

    @property
    def numbers(self) -> tuple[int, int]:
        return len(self.residual[0]), len(self.residual[1])

    @property
    def variances(self) -> tuple[float, float]:
        first, second = (float(side.var(ddof=1)) for side in self.residual)
        return first, second

    @property
    def pooled(self) -> float:
        """Variance in both samples together."""
        n, m = self.numbers
        first, second = self.variances
        return ((n - 1) * first + (m - 1) * second) / (n + m - 2)


def response_ratios(
    bins: Sequence[tuple[Bin, Bin]],
) -> ResponseRatios | None:
    """Average both over the bins.

    Within a bin the response follows the energy, in both samples alike. A straight line in the
    logarithm of the energy, fitted to both together, is taken off before widths are formed.

    Args:
        bins: energy and response of the reference, and of the model, in each bin; at least 5 showers
            of either.

    Returns:
        None where no bin has a response that varies in both samples.
    """
    made = [_bin(*one) for one in bins]
    kept = [one for one in made if one is not None]
    if not kept:
        return None
    return ResponseRatios(_response(kept), _resolution(kept))


def _bin(reference: Bin, model: Bin) -> _Bin | None:
    x = np.log(np.concatenate([reference[0], model[0]]))
    y = np.concatenate([reference[1], model[1]])
    n = len(reference[1])
    x = x - x.mean()
    squares = float(x @ x)
    slope = float(x @ (y - y.mean())) / squares if squares > 1e-12 * len(x) else 0.0
    straight = y - slope * x
    means = float(straight[:n].mean()), float(straight[n:].mean())
    if min(means) <= 0:
        return None
    residual = straight[:n] - means[0], straight[n:] - means[1]
    if min(float(side.std()) for side in residual) <= 1e-9 * max(means):
        return None
    return _Bin(means, residual)


def _response(bins: list[_Bin]) -> LogRatio:
    ratios, variances, weights = [], [], []
    for one in bins:
        (n, m), (a, b) = one.numbers, one.variances
        ratios.append(np.log(one.mean[1] / one.mean[0]))
        variances.append(a / n / one.mean[0] ** 2 + b / m / one.mean[1] ** 2)
        typical = (n * one.mean[0] + m * one.mean[1]) / (n + m)
        weights.append(typical**2 / (one.pooled * (1 / n + 1 / m)))
    freedom = np.array([sum(one.numbers) - 2 for one in bins])
    return _average(np.array(ratios), np.array(variances), np.array(weights), freedom)


def _resolution(bins: list[_Bin]) -> LogRatio:
    kurtosis = _kurtosis(bins)
    ratios, variances, weights = [], [], []
    for one in bins:
        # Of ln s; it is too small by its own variance (for Gaussian values by 1 / (2 n)).
        (n, m), spreads = one.numbers, one.variances
        of_logs = [max(kurtosis - (k - 3) / (k - 1), 0.0) / (4 * k) for k in (n, m)]
        logs = [
            np.log(spread) / 2 - np.log(mean) + of_log
            for spread, mean, of_log in zip(spreads, one.mean, of_logs, strict=True)
        ]
        # The relative width is as uncertain as the mean too, by a little.
        of_means = sum(
            s / k / mean**2 for s, k, mean in zip(spreads, (n, m), one.mean, strict=True)
        )
        ratios.append(logs[1] - logs[0])
        variances.append(sum(of_logs) + of_means)
        weights.append(1 / (1 / n + 1 / m))
    return _average(np.array(ratios), np.array(variances), np.array(weights))


def _kurtosis(bins: list[_Bin]) -> float:
    """Fourth moment over the squared variance, of all bins and both samples."""
    alike = np.concatenate([side / one.pooled**0.5 for one in bins for side in one.residual])
    return float(np.mean(alike**4) / np.mean(alike**2) ** 2)


def _average(
    ratios: Array, variances: Array, weights: Array, freedom: Array | None = None
) -> LogRatio:
    weights = weights / weights.sum()
    variance = float(weights**2 @ variances)
    if freedom is not None:
        # Weights that were estimated cost a little (Meier, Biometrics 9 (1953) 59).
        variance *= 1 + 4 * float(np.sum(weights * (1 - weights) / freedom))
    return LogRatio(float(weights @ ratios), variance**0.5, len(ratios))
