"""Steps that are done to every event between the mesh and the curves, for Geant4 and a model alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.observables import Shot, leading_two, measure
from calobench.benchmarks.diphoton.reconstruct import Photons, cells_of, reconstruct
from calobench.detectors.reconstruction import ReconstructionSpec
from calobench.placement.cells import Readout
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents

__all__ = ["Chain"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """Steps that are done to every event between the mesh and the curves.

    Attributes:
        readout: cells of the detector.
        reconstruction: parameters of the clustering.
        edges: bins of the true separation, mm, (K + 1,).
        method: how energy is spread within a cell of the mesh.
        threshold_mev: of a cell.
        seed: of separations, mid-points, placement and noise.
    """

    readout: Readout
    reconstruction: ReconstructionSpec
    edges: Floats
    method: str
    threshold_mev: float
    seed: int

    @property
    def bins(self) -> int:
        """Number of bins of separation, K."""
        return len(self.edges) - 1

    def rng(self, *key: int) -> np.random.Generator:
        """A stream of its own for every use, named by whole numbers."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def number(self, *key: int) -> int:
        """A seed of its own for every use."""
        return int(self.rng(*key).integers(2**31))

    def read_out(self, events: ReadoutEvents, *key: int) -> ReadoutEvents:
        """After noise, of the stream ``key``, and threshold."""
        seed = self.number(*key, 1)
        return digitise(events, self.readout, threshold_mev=self.threshold_mev, seed=seed)

    def photons(self, events: ReadoutEvents) -> Photons:
        """The observables of events that were read out."""
        return reconstruct(cells_of(events, self.readout), self.reconstruction)

    def shot(self, events: ReadoutEvents) -> Shot:
        """The truth of events that were read out, and what of it can be seen."""
        detector = self.readout.detector
        # Seen from the beam, a length along it at the polar angle theta shrinks by sin theta, and is
        # further away by 1 / sin theta.
        lever = detector.inner_radius_mm / np.sin(events.truth.theta).mean() ** 2
        return Shot(
            events.truth.energies,
            events.truth.entrances,
            events.total,
            detector.sampling_fraction,
            float(lever),
        )

    def measure(self, events: ReadoutEvents) -> dict[str, Floats]:
        """All observables of events that were read out: name to (E,)."""
        shot = self.shot(events)
        return measure(leading_two(self.photons(events), shot), shot)
