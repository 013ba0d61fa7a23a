"""Made-up di-photon results whose metrics have known values and errors."""

from __future__ import annotations

import numpy as np

from calobench.benchmarks.diphoton.curves import EventTable
from calobench.benchmarks.diphoton.metrics import diphoton_metrics
from calobench.benchmarks.diphoton.record import (
    DiphotonResults,
    DiphotonSample,
    DiphotonSettings,
    Measured,
    SingleRecord,
    TurnonRecord,
)
from calobench.benchmarks.diphoton.sample import SingleTable

__all__ = ["BINS", "make_diphoton", "make_pairs", "make_singles"]

BINS = 6
_HALF_MM = 12.5


def make_pairs(pairs: int, seed: int, *, response: float = 0.92, half: float = 2.5) -> EventTable:
    """Pairs that are resolved from bin ``half`` on, with some of the energy."""
    rng = np.random.default_rng(seed)
    events = pairs * BINS
    bin_ = np.tile(np.arange(BINS), pairs)
    # A part of the response is the pair's own: its bins are correlated.
    own = np.repeat(rng.normal(0, 0.015, pairs), BINS)
    two = rng.random(events) < 1 / (1 + np.exp(-4 * (bin_ + rng.random(events) - 0.5 - half)))
    values = {
        "exactly_two": two.astype(float),
        "at_least_two": two.astype(float),
        "count": 1.0 + two,
        "response": response + own + rng.normal(0, 0.02, events),
        "fragments": 0.08 + rng.normal(0, 0.01, events),
        "separation": np.where(two, rng.normal(0.1, 0.6, events), np.nan),
    }
    pair = np.repeat(np.arange(pairs), BINS)
    return EventTable(np.zeros(events, np.intp), pair, bin_, 5.0 * (bin_ + 0.5), values)


def make_singles(n: int, seed: int, *, response: float = 0.92, split: float = 0.0) -> SingleTable:
    """Single photons, a fraction of them split."""
    rng = np.random.default_rng(seed)
    clusters = 1 + (rng.random(n) < split)
    return SingleTable(clusters.astype(np.intp), rng.normal(response, 0.03, n))


def make_diphoton(
    seed: int = 1,
    *,
    pairs: int = 500,
    response: float = 0.92,
    half: float = 2.5,
    half_mm: float | None = _HALF_MM,
    split: float = 0.0,
) -> DiphotonResults:
    """Results of a model that differs from the reference as the arguments say."""
    tables = make_pairs(400, 99), make_pairs(pairs, seed, response=response, half=half)
    singles = make_singles(800, 98), make_singles(2 * pairs, seed, response=response, split=split)
    error = 0.1 * (400 / pairs) ** 0.5
    turnon = TurnonRecord(
        reference_mm=Measured(value=_HALF_MM, error=0.1),
        model_mm=None if half_mm is None else Measured(value=half_mm, error=error),
    )
    single = SingleRecord(n=pairs, **dict.fromkeys(("split", "lost", "response", "resolution"),
                                                   Measured(value=0.1, error=0.01)))  # fmt: skip
    return DiphotonResults(
        settings=DiphotonSettings(
            energies_mev=(20e3, 20e3), edges_mm=tuple(5.0 * np.arange(BINS + 1)), theta=1.5708,
            phi=0.0, vertex_z_mm=50.0, placement="radial", threshold_mev=0.05, noise_mev=0.0,
            reconstruction={"layer.dc_mm": 5.6}, seed=seed, replicas=200, geometry_hash="g" * 64,
            readout_hash="r" * 64,
        ),
        reference=DiphotonSample(
            description="Geant4", seeds=3, pairs=400, events=400 * BINS, sha256=("a" * 64,)
        ),
        model=DiphotonSample(description="made up", seeds=3, pairs=pairs, events=pairs * BINS),
        curves=(),
        turnon=turnon,
        single_reference=single,
        single_model=single,
        metrics=diphoton_metrics(tables, singles, turnon, BINS),
    )  # fmt: skip
