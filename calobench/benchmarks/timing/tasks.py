"""Tasks of a measuring process; a task travels to it, is set up there, and is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from calobench.errors import CalobenchError

__all__ = ["Facts", "Job", "Operation", "Particle", "Point", "Task"]

Job = Callable[[int], None]
"""Does everything that a user pays for, once; its number decides what is drawn."""


class Particle(NamedTuple):
    """Direction of the incident photons, rad."""

    theta: float
    phi: float


class Point(NamedTuple):
    """The point that a number is measured for: incident energy in MeV, showers per call."""

    energy_mev: float
    batch: int


@dataclass(frozen=True)
class Facts:
    """Facts that are known once a task is set up.

    Attributes:
        device: name of the hardware, e.g. of the GPU; None for the CPU.
        nfe: network function evaluations per shower; None where that has no meaning.
        parameters: trained parameters; None where that has no meaning.
        flops: floating-point operations of one evaluation of one shower; None if unknown.
        description: of the model, or Geant4's version and physics.
        backend: what evaluates the network; None where that has no meaning.
    """

    description: str = ""
    device: str | None = None
    nfe: int | None = None
    parameters: int | None = None
    flops: int | None = None
    backend: str | None = None


class Operation(Protocol):
    """A task that is set up."""

    @property
    def facts(self) -> Facts:
        """The facts about it."""

    def job(self, point: Point) -> Job:
        """The function that is called again and again; making it is not timed."""

    def check(self, point: Point) -> None:
        """Look once, untimed, whether the result is what it should be.

        Raises:
            ModelError: it is not.
        """

    def peak_device_bytes(self) -> int | None:
        """Largest memory on the device since the last question; None for the CPU."""


class Task(Protocol):
    """A task of a measuring process; it travels there by pickling."""

    @property
    def name(self) -> str:
        """For people, e.g. ``distilled on cpu``."""

    @property
    def on_cpu(self) -> bool:
        """Whether the CPU does the work."""

    @property
    def failure(self) -> type[CalobenchError]:
        """The error to raise when its process dies or its code raises something else."""

    def prepare(self) -> Operation:
        """Load and set up.

        Raises:
            CalobenchError: anything wrong with the request.
        """
