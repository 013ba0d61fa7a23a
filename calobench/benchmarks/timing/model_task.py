"""Timing a model: conditions in, hits in global positions out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from calobench.benchmarks.timing.tasks import Facts, Job, Particle, Point
from calobench.detectors import DetectorSpec
from calobench.errors import CalobenchError, ModelError
from calobench.models.calls import call_generate, model_info
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.devices import on_device, require_cuda
from calobench.models.protocol import ShowerModel
from calobench.models.registry import load_model
from calobench.placement.hits import global_hits
from calobench.showers import Conditions, Showers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ModelTask"]


@dataclass(frozen=True)
class ModelTask:
    """A model on a device.

    Attributes:
        model: registered name or ``package.module:factory``.
        device: ``cpu``, ``cuda`` or ``cuda:1``.
        detector: the detector.
        particle: direction of the photons.
        energies_mev: incident energies that will be asked for.
        seed: of the run.
    """

    model: str
    device: str
    detector: DetectorSpec
    particle: Particle
    energies_mev: tuple[float, ...]
    seed: int
    failure: ClassVar[type[CalobenchError]] = ModelError

    @property
    def name(self) -> str:
        """See :class:`~calobench.benchmarks.timing.tasks.Task`."""
        return f"{self.model} on {self.device}"

    @property
    def on_cpu(self) -> bool:
        """See :class:`~calobench.benchmarks.timing.tasks.Task`."""
        return self.device == "cpu"

    def prepare(self) -> ModelOperation:
        """Load the model and move it; see :class:`~calobench.benchmarks.timing.tasks.Task`.

        Raises:
            DeviceError: the device is not there, or the model cannot be moved to it.
            ModelError: the model cannot be made, or is not for this detector.
            ConditionsError: it does not cover the energies or the angle.
        """
        cuda = None if self.on_cpu else require_cuda(self.device, "--devices")
        model = on_device(
            load_model(self.model, self.detector, self.device), self.device, self.model, "--devices"
        )
        info = model_info(model, self.model)
        energies = np.array(self.energies_mev)
        conditions = self._conditions(energies)
        remedy = "choose --energies inside that range, or leave the model out"
        check_model_covers(info, self.detector, conditions, remedy)
        return ModelOperation(self, model, cuda)

    def _conditions(self, energies: np.ndarray[Any, np.dtype[np.float64]]) -> Conditions:
        theta, phi = (np.full(len(energies), angle) for angle in self.particle)
        return Conditions(energies, theta, phi)


class ModelOperation:
    """A loaded model."""

    def __init__(self, task: ModelTask, model: ShowerModel, cuda: Any) -> None:
        self._task, self._model, self._cuda = task, model, cuda

    @property
    def facts(self) -> Facts:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        info = model_info(self._model, self._task.model)
        name = self._cuda.get_device_name(self._task.device) if self._cuda else None
        return Facts(info.description, name, info.nfe, info.parameters, info.flops, info.backend)

    def job(self, point: Point) -> Job:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        model, detector, name = self._model, self._task.detector, self._task.model
        conditions = self._conditions(point)
        finish: Callable[[], None] = self._cuda.synchronize if self._cuda else _nothing

        def call(number: int) -> None:
            seed = self._seed(point, number)
            energy = call_generate(model, conditions, detector, seed, name)
            global_hits(Showers(energy, conditions), detector)
            finish()

        return call

    def check(self, point: Point) -> None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        conditions = self._conditions(point)
        seed = self._seed(point, 0)
        model, detector = self._model, self._task.detector
        generate_checked(model, conditions, detector, seed, twice=True, name=self._task.model)

    def peak_device_bytes(self) -> int | None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        if not self._cuda:
            return None
        peak = int(self._cuda.max_memory_allocated(self._task.device))
        self._cuda.reset_peak_memory_stats(self._task.device)
        return peak

    def _conditions(self, point: Point) -> Conditions:
        return self._task._conditions(np.full(point.batch, point.energy_mev))

    def _seed(self, point: Point, number: int) -> np.random.SeedSequence:
        key = (round(1e3 * point.energy_mev), point.batch, number)
        return np.random.SeedSequence(self._task.seed, spawn_key=key)


def _nothing() -> None:
    """The CPU has nothing to wait for."""
