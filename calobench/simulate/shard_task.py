"""Making one shard: draw the events, shoot them, score them, write them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.io.lemurs import LemursWriter
from calobench.showers import Conditions, Showers
from calobench.simulate.beam import Beam, Event
from calobench.simulate.engine import Engine
from calobench.simulate.scoring import round_mantissa, score, stack_azimuth
from calobench.simulate.shards import ShardFolder

__all__ = ["ShardTask"]


@dataclass(frozen=True)
class ShardTask:
    """What a worker does; showers depend on the detector, the beam, the seed and their number."""

    detector: DetectorSpec
    beam: Beam
    seed: int
    folder: ShardFolder

    def prepare(self) -> Callable[[int, Callable[[float], None]], None]:
        """Set up Geant4; see :class:`~calobench.simulate.workers.Task`."""
        return partial(self._make, Engine(self.detector))

    def _make(self, engine: Engine, shard: int, report: Callable[[float], None]) -> None:
        mesh = self.detector.mesh_geometry
        events, showers, totals = [], [], []
        for index in range(self.folder.size(shard)):
            start = time.process_time()
            event = self.beam.draw(self.seed, shard, index)
            azimuth = stack_azimuth(self.detector, event.phi)
            deposits = engine.shoot(event.photons(azimuth), event.seed)
            # The mesh begins where the particle enters: between the two, if there are two.
            positions = deposits.positions - (0, event.vertex_y, event.vertex_z)
            events.append(event)
            showers.append(score(positions, deposits.energies, event.theta, azimuth, mesh))
            totals.append(deposits.energies.sum())
            report(time.process_time() - start)

        with LemursWriter(
            self.folder.file(shard),
            detector=self.detector.name,
            mesh=mesh,
            attributes={"geant4": engine.description},
        ) as writer:
            cells = round_mantissa(np.stack(showers))
            columns = {"total_deposit": np.array(totals, np.float32), **_two_photons(events)}
            writer.append(Showers(cells, _conditions(events)), columns)


def _conditions(events: Sequence[Event]) -> Conditions:
    return Conditions(
        np.array([event.energy for event in events]),
        np.array([event.theta for event in events]),
        np.array([event.phi for event in events]),
    )


def _two_photons(events: Sequence[Event]) -> dict[str, NDArray[np.float32]]:
    if events[0].separation is None:
        return {}
    return {
        "separation": np.array([event.separation for event in events], np.float32),
        "vertex_yz": np.array([(e.vertex_y, e.vertex_z) for e in events], np.float32),
    }
