"""Protocol of a fast-simulation model that can be benchmarked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.showers import Conditions

__all__ = ["ModelInfo", "MovableModel", "PreparedModel", "ShowerModel"]


@dataclass(frozen=True)
class ModelInfo:
    """Statements of a model about itself; it goes into the report as it is.

    Attributes:
        name: short name, as in the registry.
        description: one line for people.
        detectors: names of the detectors it was made for; empty means any.
        energy_range_mev: incident energies it covers.
        theta_range: polar angles it covers, rad.
        nfe: network function evaluations per shower; None where that has no meaning.
        parameters: number of trained parameters; None where that has no meaning.
        flops: floating-point operations of one network evaluation of one shower; None if unknown.
        device: where it runs, e.g. ``cpu``.
        weights_hash: SHA-256 of its weights; None without weights.
        post_processing: everything done to the network's output, declared.
        backend: what evaluates the network, e.g. ``ONNX Runtime 1.31.1``; None if there is no choice.
        remarks: what a reader of the page should know; shown among its warnings.
        azimuth_stated: the model says where its azimuth begins; otherwise the test against Geant4 is told.
    """

    name: str
    description: str
    detectors: tuple[str, ...] = ()
    energy_range_mev: tuple[float, float] | None = None
    theta_range: tuple[float, float] | None = None
    nfe: int | None = None
    parameters: int | None = None
    flops: int | None = None
    device: str = "cpu"
    weights_hash: str | None = None
    post_processing: tuple[str, ...] = field(default=())
    backend: str | None = None
    remarks: tuple[str, ...] = field(default=())
    azimuth_stated: bool = True


@runtime_checkable
class ShowerModel(Protocol):
    """A model that generates showers; any object with these two members is one.

    ``generate`` must be a pure function of its arguments: the harness calls it for one chunk of
    showers at a time, and the same seed must give the same showers whatever ran before. The harness
    makes one chunk twice and refuses a model that does not keep to it.
    """

    @property
    def info(self) -> ModelInfo:
        """Statements of the model about itself."""

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Generate one shower for each condition.

        Args:
            conditions: incident particles, (N,); a copy, which may be changed.
            detector: the detector with its mesh.
            seed: the only source of randomness. ``numpy.random.default_rng(seed)`` and
                ``torch.manual_seed(seed)`` take it; ``int(seed)`` is a number of 32 bits.

        Returns:
            Cell energies in MeV, float32 (N, R, PHI, Z): raw deposits in the active material,
            not divided by the sampling fraction. The array may be used again for the next call.
        """


@runtime_checkable
class MovableModel(ShowerModel, Protocol):
    """A model that can run on more than one device; offering this is optional."""

    def to(self, device: str) -> None:
        """Run on ``device`` from now on: ``cpu``, ``cuda`` or ``cuda:1``; ``info.device`` follows.

        Raises:
            DeviceError: the device is not there.
        """


@runtime_checkable
class PreparedModel(ShowerModel, Protocol):
    """A model that has something to find out about a detector first; offering this is optional."""

    def prepare(self, detector: DetectorSpec) -> None:
        """Get ready for a detector; ``info`` says what was learnt.

        Raises:
            CalobenchError: it cannot make showers of this detector.
        """
