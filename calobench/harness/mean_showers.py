"""The mean shower of a sample, as its chunks pass by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.results.mean_showers import MeanImage, MeanShowers
from calobench.results.rounding import rounded_image
from calobench.showers import Showers

__all__ = ["MeanShowerPicker"]

Array = NDArray[np.float64]


class _Sums:
    """Sums over the showers of one sample."""

    def __init__(self) -> None:
        self.n = 0
        self.rz: Array | None = None
        self.squares: Array | None = None
        self.r_phi: Array | None = None

    def add(self, chunk: Showers) -> None:
        energy = chunk.energy.astype(np.float64)
        total = energy.sum(axis=(1, 2, 3))
        # A shower without energy has no fractions.
        filled = total > 0
        fractions = energy[filled] / total[filled, None, None, None]
        rz = fractions.sum(axis=2)
        sums = rz.sum(axis=0), (rz**2).sum(axis=0), fractions.sum(axis=(0, 3))
        self.n += int(filled.sum())
        self.rz = sums[0] if self.rz is None else self.rz + sums[0]
        self.squares = sums[1] if self.squares is None else self.squares + sums[1]
        self.r_phi = sums[2] if self.r_phi is None else self.r_phi + sums[2]

    def image(self) -> MeanImage | None:
        if self.rz is None or self.squares is None or self.r_phi is None or self.n < 2:
            return None
        mean = self.rz / self.n
        variance = np.maximum(self.squares / self.n - mean**2, 0) / (self.n - 1)
        return MeanImage(
            n=self.n,
            rz=rounded_image(mean),
            rz_error=rounded_image(np.sqrt(variance)),
            r_phi=rounded_image(self.r_phi / self.n),
        )


class MeanShowerPicker:
    """Adds up the fractions of energy of all showers of both samples, chunk by chunk in their order."""

    def __init__(self) -> None:
        self._reference, self._model = _Sums(), _Sums()

    def offer_reference(self, chunk: Showers) -> None:
        """Add the next chunk of the reference."""
        self._reference.add(chunk)

    def offer_model(self, chunk: Showers) -> None:
        """Add the next chunk of the model's sample."""
        self._model.add(chunk)

    def result(self) -> MeanShowers | None:
        """Mean showers; None where a sample has fewer than two showers with energy."""
        reference, model = self._reference.image(), self._model.image()
        if reference is None or model is None:
            return None
        return MeanShowers(reference=reference, model=model)
