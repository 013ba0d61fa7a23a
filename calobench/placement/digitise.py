"""Response of the electronics to the energy in the cells: noise, saturation, threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

from calobench._util.edges import TOLERANCE
from calobench.errors import ConditionsError
from calobench.placement.cells import Readout
from calobench.placement.events import ReadoutEvents

__all__ = ["digitise"]

Integers = NDArray[np.int64]


def digitise(
    events: ReadoutEvents, readout: Readout, *, threshold_mev: float | None = None, seed: int = 1
) -> ReadoutEvents:
    """Cells as they are read out; an event may have none left.

    Noise, where the detector's YAML states some, is added to every cell with energy, and to the empty cells
    between them: those of the smallest box that holds an event's cells of one layer. Cells without
    energy further out are taken to be silent.

    Args:
        events: energies as deposited.
        readout: gives noise, saturation and threshold.
        threshold_mev: instead of the readout's own.
        seed: of the noise.

    Raises:
        ConditionsError: the threshold is negative.
    """
    threshold = readout.threshold_mev if threshold_mev is None else threshold_mev
    if not threshold >= 0:
        raise ConditionsError(f"the threshold is {threshold:g} MeV; give zero or more")
    if readout.noise_mev:
        events = _noisy(events, readout.noise_mev, threshold, np.random.default_rng(seed))
    energy = np.minimum(events.energy, readout.saturation_mev or np.inf)
    # A cell that is saturated, or made, at the threshold reaches it whatever its last bit says.
    reached = energy >= threshold * (1 - TOLERANCE)
    return events.with_cells(reached & (energy > 0), energy)


def _noisy(
    events: ReadoutEvents, noise: float, threshold: float, rng: np.random.Generator
) -> ReadoutEvents:
    event, layer, lowest, sizes, filled = _boxes(events)
    tail = log_ndtr(-threshold / noise)
    count = rng.binomial(sizes.prod(axis=1) - filled, np.exp(tail))
    box = np.repeat(np.arange(len(count)), count)
    at = lowest[box] + np.floor(rng.random((len(box), 2)) * sizes[box]).astype(np.int64)
    # What falls on a cell with energy, or twice on one cell, joins it and is lost: few do.
    noisy = ReadoutEvents.from_cells(
        np.concatenate([events.event, event[box]]),
        np.concatenate([[events.layer, events.i, events.j], [layer[box], *at.T]], axis=1),
        np.concatenate([events.energy, np.zeros(len(box))]),
        events.truth,
        events.outside,
    )
    shift = noise * rng.standard_normal(len(noisy.energy))
    # Noise that is known to be above the threshold: the tail of the Gaussian, by its inverse.
    above = -noise * ndtri_exp(tail + np.log1p(-rng.random(len(noisy.energy))))
    energy = np.where(noisy.energy > 0, noisy.energy + shift, above)
    return noisy.with_cells(np.full(len(energy), True), energy)


def _boxes(
    events: ReadoutEvents,
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Event, layer, lowest (i, j), size and number of cells of the box around each layer's cells."""
    pairs = np.stack([events.event, events.layer], axis=1)
    places = np.stack([events.i, events.j], axis=1)
    starts = np.flatnonzero(np.any(np.diff(pairs, axis=0, prepend=-1) != 0, axis=1))
    lowest = np.minimum.reduceat(places, starts) if len(starts) else places
    highest = np.maximum.reduceat(places, starts) if len(starts) else places
    filled = np.diff(np.append(starts, len(pairs)))
    return pairs[starts, 0], pairs[starts, 1], lowest, highest - lowest + 1, filled
