"""Peaks of the response at a few energies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import bin_index
from calobench.evaluation.univariate.response_ratio import Bin
from calobench.results.schema import ResponsePeak

__all__ = ["response_peaks"]

Array = NDArray[np.float64]

MIN_SHOWERS = 20
_BINS = 24
_REACH = (0.01, 0.99)


def response_peaks(
    edges_mev: Array, reference: Sequence[Bin], model: Sequence[Bin]
) -> tuple[ResponsePeak, ...]:
    """Histograms of E_vis / E_inc in bins of incident energy.

    Args:
        edges_mev: of the bins of incident energy, MeV, (K+1,).
        reference: energies and responses of the showers of each bin.
        model: likewise.

    Returns:
        Those of the bins in which both samples have at least 20 showers.
    """
    return tuple(
        _peak((float(low), float(high)), of_reference, of_model)
        for (low, high), (_, of_reference), (_, of_model) in zip(
            pairwise(edges_mev), reference, model, strict=True
        )
        if min(len(of_reference), len(of_model)) >= MIN_SHOWERS
    )


def _peak(energy_mev: tuple[float, float], reference: Array, model: Array) -> ResponsePeak:
    low, high = np.quantile(reference, _REACH)
    margin = 0.2 * (high - low) or max(1e-3 * abs(low), 1e-12)
    edges = np.linspace(low - margin, high + margin, _BINS + 1)
    return ResponsePeak(
        energy_mev=energy_mev,
        edges=tuple(edges.tolist()),
        reference=_counts(reference, edges),
        model=_counts(model, edges),
    )


def _counts(values: Array, edges: Array) -> tuple[float, ...]:
    index = bin_index(values, edges)
    return tuple(np.bincount(index, minlength=len(edges) + 1).astype(float).tolist())
