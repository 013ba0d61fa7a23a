"""A few showers of both samples for the event display."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.results.rounding import rounded_image
from calobench.results.schema import EventImage
from calobench.showers import Conditions, Showers

__all__ = ["ChosenEvents", "Images", "Side", "choose_events", "images_in_turn", "images_of"]

Images = Mapping[int, EventImage]
"""Images of one sample, by their rank in energy."""
Side = Literal["reference", "model"]
"""Name of one of the two samples."""

_ENERGY_QUANTILES = (0.1, 0.5, 0.9)


class ChosenEvents(NamedTuple):
    """Showers that are displayed, by increasing energy.

    Attributes:
        reference: rows of the reference.
        model: rows of the model's sample.
    """

    reference: NDArray[np.intp]
    model: NDArray[np.intp]


def choose_events(reference: Conditions, sample: Conditions) -> ChosenEvents:
    """One shower near each of three incident energies from either sample.

    Args:
        reference: conditions of the reference.
        sample: conditions of the model's sample.
    """
    targets = np.quantile(reference.energy, _ENERGY_QUANTILES)
    chosen = _nearest(reference.energy, targets)
    # Near the energy of the chosen reference shower, so that the two can be compared.
    return ChosenEvents(chosen, _nearest(sample.energy, reference.energy[chosen]))


def images_of(
    side: Side, chosen: NDArray[np.intp], chunk: Showers, first: int
) -> dict[int, EventImage]:
    """Images of the chosen showers that are in a chunk, by rank.

    Args:
        side: which sample it is.
        chosen: rows of that sample.
        chunk: some of its showers.
        first: row of the first of them.
    """
    local = {rank: int(row) - first for rank, row in enumerate(chosen)}
    return {rank: _image(side, chunk, row) for rank, row in local.items() if 0 <= row < len(chunk)}


def images_in_turn(reference: Images, model: Images) -> tuple[EventImage, ...]:
    """Reference and model in turn, by increasing energy."""
    order = sorted({*reference, *model})
    return tuple(images[rank] for rank in order for images in (reference, model) if rank in images)


def _nearest(values: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = np.abs(values[None, :] - targets[:, None]).argmin(axis=1)
    return nearest


def _image(side: Side, showers: Showers, index: int) -> EventImage:
    cells = showers.energy[index].astype(np.float64)
    return EventImage(
        source=side,
        energy_mev=float(showers.conditions.energy[index]),
        theta=float(showers.conditions.theta[index]),
        phi=float(showers.conditions.phi[index]),
        visible_mev=float(cells.sum()),
        rz=rounded_image(cells.sum(axis=1)),
        r_phi=rounded_image(cells.sum(axis=2)),
    )
