"""A few showers of both samples for the event display."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench.results.rounding import rounded_image
from calobench.results.schema import EventImage
from calobench.showers import Conditions, Showers

__all__ = ["EventPicker"]

_ENERGY_QUANTILES = (0.1, 0.5, 0.9)


class EventPicker:
    """Keeps one shower near each of three incident energies from either sample, as they pass by.

    Args:
        reference: conditions of the reference.
        sample: conditions of the model's sample.
    """

    def __init__(self, reference: Conditions, sample: Conditions) -> None:
        targets = np.quantile(reference.energy, _ENERGY_QUANTILES)
        self._reference = _nearest(reference.energy, targets)
        # Near the energy of the chosen reference shower, so that the two can be compared.
        self._sample = _nearest(sample.energy, reference.energy[self._reference])
        self._seen = {"reference": 0, "model": 0}
        self._images: dict[tuple[str, int], EventImage] = {}

    def offer_reference(self, chunk: Showers) -> None:
        """Take the chosen showers from the next chunk of the reference."""
        self._offer("reference", self._reference, chunk)

    def offer_model(self, chunk: Showers) -> None:
        """Take the chosen showers from the next chunk of the sample."""
        self._offer("model", self._sample, chunk)

    def _offer(
        self, source: Literal["reference", "model"], chosen: NDArray[np.intp], chunk: Showers
    ) -> None:
        for rank, index in enumerate(chosen):
            local = int(index) - self._seen[source]
            if 0 <= local < len(chunk):
                self._images[source, rank] = _image(source, chunk, local)
        self._seen[source] += len(chunk)

    def images(self) -> tuple[EventImage, ...]:
        """Reference and model in turn, by increasing energy."""
        order = sorted(self._images, key=lambda key: (key[1], key[0] == "model"))
        return tuple(self._images[key] for key in order)


def _nearest(values: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = np.abs(values[None, :] - targets[:, None]).argmin(axis=1)
    return nearest


def _image(source: Literal["reference", "model"], showers: Showers, index: int) -> EventImage:
    cells = showers.energy[index].astype(np.float64)
    return EventImage(
        source=source,
        energy_mev=float(showers.conditions.energy[index]),
        theta=float(showers.conditions.theta[index]),
        phi=float(showers.conditions.phi[index]),
        visible_mev=float(cells.sum()),
        rz=rounded_image(cells.sum(axis=1)),
        r_phi=rounded_image(cells.sum(axis=2)),
    )
