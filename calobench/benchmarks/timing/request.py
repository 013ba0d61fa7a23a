"""Request: what to time, from the words of a command line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calobench.benchmarks.timing.tasks import Particle
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError, DeviceError, ModelError, UnknownNameError
from calobench.harness.sources import is_shower_file
from calobench.models.files.catalogue import is_model_file
from calobench.models.naming import join_arguments, split_models
from calobench.models.registry import registered_models
from calobench.simulate.options import Range, parse_range

__all__ = ["TimingRequest", "parse_batch_sizes", "parse_devices", "parse_energies", "parse_models"]

MAIN_ENERGY_GEV = 50.0
_DEFAULT_ENERGIES_GEV = (10.0, 50.0, 100.0)
_POINTS_OF_A_RANGE = 5
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


@dataclass(frozen=True)
class TimingRequest:
    """Request: what to time.

    Attributes:
        detector: the detector.
        models: registered names or ``package.module:factory``.
        devices: ``cpu``, ``cuda`` or ``cuda:1``.
        batch_sizes: showers per call, ascending.
        energies_mev: incident energies, ascending.
        threads: of every process.
        geant4: whether Geant4 runs beside the models.
        geant4_data: folder of its data; None looks where it usually is.
        precision: relative error to reach for every time.
        max_seconds: time that every number may take.
        seed: of the showers and of the order.
        command: the command line, for the record.
    """

    detector: DetectorSpec
    models: tuple[str, ...]
    devices: tuple[str, ...] = ("cpu",)
    batch_sizes: tuple[int, ...] = (1, 100, 1000)
    energies_mev: tuple[float, ...] = (50_000.0,)
    threads: int = 1
    geant4: bool = False
    geant4_data: Path | None = None
    precision: float = 0.02
    max_seconds: float = 60.0
    seed: int = 1
    command: str = ""

    @property
    def main_energy_mev(self) -> float:
        """50 GeV, or what is nearest to it on a logarithmic scale."""
        target = math.log(1e3 * MAIN_ENERGY_GEV)
        return min(self.energies_mev, key=lambda energy: abs(math.log(energy) - target))

    @property
    def particle(self) -> Particle:
        """Photons at right angles to the beam, or as near to it as the detector covers."""
        low, high = self.detector.theta_range
        return Particle(min(max(round(math.pi / 2, 4), low), high), 0.0)


def parse_models(text: str, arguments: Sequence[str] = ()) -> tuple[str, ...]:
    """Read a list of models, without loading them.

    Args:
        text: names, with commas between.
        arguments: of every one of them, ``key=value``.

    Raises:
        UnknownNameError: there is no such registered model.
        ModelError: there is none, or one is a file of showers.
    """
    names = tuple(dict.fromkeys(split_models(text)))
    if not names:
        raise ModelError("--models is empty; give names from 'calobench models', as full,distilled")
    known = registered_models()
    for name in names:
        if is_shower_file(name):
            raise ModelError(f"{name} is a file of showers; only what generates can be timed")
        if ":" not in name and name not in known and not is_model_file(name):
            raise UnknownNameError("model", name, known)
    return tuple(join_arguments(name, arguments) for name in names)


def parse_devices(text: str) -> tuple[str, ...]:
    """Read a list of devices; whether they are there is for the models' processes to find out.

    Raises:
        DeviceError: one is no device.
    """
    devices = _split(text)
    for device in devices or (text,):
        if not _DEVICE.fullmatch(device):
            raise DeviceError(f"--devices '{device}' is no device; give cpu, cuda or cuda:<number>")
    return devices


def parse_batch_sizes(text: str) -> tuple[int, ...]:
    """Read a list of batch sizes.

    Raises:
        ConditionsError: one is no positive integer.
    """
    words = _split(text)
    if not words or not all(word.isascii() and word.isdigit() and int(word) > 0 for word in words):
        raise ConditionsError(
            f"--batch-sizes '{text}': give positive integers with commas between, as 1,100,1000"
        )
    return tuple(sorted({int(word) for word in words}))


def parse_energies(text: str | None, detector: DetectorSpec) -> tuple[float, ...]:
    """Read incident energies in GeV: a list, or LOW:HIGH for five on a logarithmic scale and 50 GeV.

    Args:
        text: from the user; None for 10, 50 and 100 GeV as far as the detector covers them.
        detector: its range.

    Returns:
        Energies in MeV, ascending.

    Raises:
        ConditionsError: malformed, or outside the detector's range.
    """
    allowed = Range(*detector.energy_range_mev).scaled(1e-3)
    if text is None:
        inside = [e for e in _DEFAULT_ENERGIES_GEV if allowed.low <= e <= allowed.high]
        return tuple(1e3 * energy for energy in inside or [math.sqrt(allowed.low * allowed.high)])
    energies: set[float] = set()
    for word in _split(text) or (text,):
        given = parse_range(word, "--energies")
        remedy = f"stay inside, or widen energy_range_mev in a copy of the YAML of {detector.name}"
        given.require_within(allowed, "--energies", "GeV", remedy)
        energies.add(given.low)
        if given.high > given.low:
            points = np.geomspace(given.low, given.high, _POINTS_OF_A_RANGE)
            energies |= {float(f"{point:.3g}") for point in points[1:-1]} | {given.high}
            if given.low < MAIN_ENERGY_GEV < given.high:
                energies.add(MAIN_ENERGY_GEV)
    return tuple(1e3 * energy for energy in sorted(energies))


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
