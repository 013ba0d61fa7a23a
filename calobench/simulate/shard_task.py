"""Making one shard: draw the events, shoot them, score them, write them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.executors.shard_folder import ShardFolder
from calobench.io.writers.readout import ReadoutWriter
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.place import PointDeposits, gather
from calobench.placement.readout import Readout, make_readout
from calobench.showers import Conditions, Showers
from calobench.showers.scoring import score
from calobench.simulate.beam import Beam, Event
from calobench.simulate.engine import Deposits, Engine
from calobench.simulate.fast_model import FastModel, Replacing
from calobench.simulate.scoring import round_mantissa, stack_azimuth

__all__ = ["ShardTask"]


@dataclass(frozen=True)
class ShardTask:
    """The task of a worker; showers depend on the detector, the beam, the seed and their number.

    Attributes:
        detector: what is shot at.
        beam: what is shot.
        seed: of all random numbers.
        folder: where the shards go.
        readout: also write the deposits in the detector's readout cells.
        fast: a model that makes the showers of some photons; None for none.
    """

    detector: DetectorSpec
    beam: Beam
    seed: int
    folder: ShardFolder
    readout: bool = False
    fast: FastModel | None = None

    def prepare(self) -> Callable[[int, Callable[[float], None]], None]:
        """Set up Geant4; see :class:`~calobench.simulate.child.Task`."""
        if self.fast is None:
            return partial(self._make, Engine(self.detector), None)
        # First what can fail with a message of its own.
        replacing = Replacing(self.fast, self.detector)
        return partial(
            self._make, Engine(self.detector, end_above_mev=self.fast.above_mev), replacing
        )

    def _make(
        self,
        engine: Engine,
        replacing: Replacing | None,
        shard: int,
        report: Callable[[float], None],
    ) -> None:
        mesh = self.detector.mesh_geometry
        readout = make_readout(self.detector) if self.readout else None
        events, showers, totals, cells = [], [], [], []
        for index in range(self.folder.size(shard)):
            start = time.process_time()
            event = self.beam.draw(self.seed, shard, index)
            azimuth = stack_azimuth(self.detector, event.phi)
            deposits = engine.shoot(event.photons(azimuth), event.seed)
            if replacing is not None:
                deposits = replacing.add(deposits, event, azimuth)
            # The mesh begins where the particle enters: between the two, if there are two.
            positions = deposits.positions - (0, event.vertex_y, event.vertex_z)
            events.append(event)
            showers.append(score(positions, deposits.energies, event.theta, azimuth, mesh))
            totals.append(deposits.energies.sum())
            if readout:
                cells.append(_in_cells(Deposits(positions, deposits.energies), event, readout))
            report(time.process_time() - start)

        with ReadoutWriter(
            self.folder.file(shard),
            detector=self.detector.name,
            mesh=mesh,
            attributes={"geant4": self._description(engine)},
        ) as writer:
            rounded = round_mantissa(np.stack(showers))
            columns = {"total_deposit": np.array(totals, np.float32), **self._vertices(events)}
            writer.append(Showers(rounded, _conditions(events)), columns)
            if cells:
                writer.append_cells(ReadoutEvents.concatenate(cells))

    def _description(self, engine: Engine) -> str:
        return ", ".join([engine.description, *([self.fast.description] if self.fast else [])])

    def _vertices(self, events: Sequence[Event]) -> dict[str, NDArray[np.float32]]:
        """Columns of what is not the same in every event."""
        lists = {}
        if self.beam.separation is not None:
            lists["separation"] = [event.separation for event in events]
        if self.beam.second_energy is not None:
            lists["second_energy"] = [event.second_energy for event in events]
        columns = {name: np.array(values, np.float32) for name, values in lists.items()}
        if not self.beam.at_origin or self.readout:
            vertices = [(event.vertex_y, event.vertex_z) for event in events]
            columns["vertex_yz"] = np.array(vertices, np.float32)
        return columns


def _in_cells(deposits: Deposits, event: Event, readout: Readout) -> ReadoutEvents:
    """One event in the readout's cells; positions are relative to the vertex."""
    n = len(deposits.energies)
    entrance = np.array([[event.vertex_y, event.vertex_z]])
    points = PointDeposits(
        np.zeros(n, dtype=np.intp),
        deposits.positions,
        np.repeat(entrance, n, axis=0),
        deposits.energies,
    )
    # The file holds the photons beside the showers; cells need no truth of their own.
    truth = Truth(
        np.array([[event.energy]]),
        entrance[:, None],
        np.array([event.theta]),
        np.array([event.phi]),
    )
    cells = gather(points, readout, truth)
    return cells.with_cells(
        np.full(len(cells.energy), True),
        round_mantissa(cells.energy.astype(np.float32)).astype(np.float64),
    )


def _conditions(events: Sequence[Event]) -> Conditions:
    return Conditions(
        np.array([event.energy for event in events]),
        np.array([event.theta for event in events]),
        np.array([event.phi for event in events]),
    )
