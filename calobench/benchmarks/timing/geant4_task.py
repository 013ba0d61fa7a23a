"""Timing Geant4: one photon a call, with or without the Python callbacks of the active layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from calobench.benchmarks.timing.tasks import Facts, Job, Particle, Point
from calobench.detectors import DetectorSpec
from calobench.errors import CalobenchError, Geant4Error
from calobench.simulate.beam import Event
from calobench.simulate.engine import Engine
from calobench.simulate.scoring import stack_azimuth

__all__ = ["Geant4Task"]


@dataclass(frozen=True)
class Geant4Task:
    """Geant4 in the layers of a detector.

    Attributes:
        detector: the detector.
        particle: direction of the photons.
        seed: of the run; shower number n is the same with and without callbacks.
        callbacks: whether every step in an active layer calls Python.
    """

    detector: DetectorSpec
    particle: Particle
    seed: int
    callbacks: bool
    failure: ClassVar[type[CalobenchError]] = Geant4Error

    @property
    def name(self) -> str:
        """See :class:`~calobench.benchmarks.timing.tasks.Task`."""
        return f"Geant4 {'with' if self.callbacks else 'without'} Python callbacks"

    @property
    def on_cpu(self) -> bool:
        """See :class:`~calobench.benchmarks.timing.tasks.Task`."""
        return True

    def prepare(self) -> Geant4Operation:
        """Build the geometry and the physics tables; Geant4's variables must be set.

        Raises:
            SpecError: the detector has a material that Geant4 does not know.
        """
        return Geant4Operation(self, Engine(self.detector, sensitive=self.callbacks))


class Geant4Operation:
    """Geant4, ready to shoot."""

    def __init__(self, task: Geant4Task, engine: Engine) -> None:
        self._task, self._engine = task, engine

    @property
    def facts(self) -> Facts:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        return Facts(self._engine.description)

    def job(self, point: Point) -> Job:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`; a batch is a single photon."""
        task, engine = self._task, self._engine
        azimuth = stack_azimuth(task.detector, task.particle.phi)

        def call(number: int) -> None:
            key = (round(1e3 * point.energy_mev), number)
            rng = np.random.default_rng(np.random.SeedSequence(task.seed, spawn_key=key))
            event = Event(point.energy_mev, *task.particle, seed=int(rng.integers(1, 2**62)))
            engine.shoot(event.photons(azimuth), event.seed)

        return call

    def check(self, point: Point) -> None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`: nothing to look at."""

    def peak_device_bytes(self) -> int | None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        return None
