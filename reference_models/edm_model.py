"""A trained network with a sampler as a calobench model."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calobench.detectors import DetectorSpec
from calobench.errors import MeshMismatchError
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions
from reference_models.devices import require_device
from reference_models.inference.arrays import encode, restorers
from reference_models.inference.choose import AUTO, choose_backend
from reference_models.inference.eager import Eager
from reference_models.inference.flops import evaluation_flops
from reference_models.marginals.calibration import ShowerSample
from reference_models.network.preprocessing import ENERGY_SCALE_MEV, THETA_RANGE
from reference_models.samplers.base import Sampler
from reference_models.samplers.schedule import karras_sigmas
from reference_models.weights_io import load_model

__all__ = ["EdmModel"]

_BATCH = 16
"""Showers that are handled together on the CPU: more fall out of the cache of a core."""
_DEVICE_BATCH = 2048
"""The same on any other device."""


class EdmModel:
    """A trained denoiser (or consistency function) with a sampler.

    Args:
        name: as in the registry.
        description: one line for people.
        weights: safetensors file with its model card beside it.
        sampler: the sampler.
        levels: number of non-zero noise levels.
        boundary: sigma_min for a consistency function, None for a denoiser.
        calibrate: use the calibration stored for ``name``; off only to make it.
        backend: what evaluates the network on the CPU, see :mod:`reference_models.inference.choose`.
        device_batch: showers that go through the network together on any other device.

    Raises:
        WeightsError: the weights are missing or are not what their card says.
        ModelError: the backend is not there.
    """

    def __init__(
        self,
        name: str,
        description: str,
        weights: Path,
        sampler: Sampler,
        levels: int,
        boundary: float | None = None,
        *,
        calibrate: bool = True,
        backend: str = AUTO,
        device_batch: int = _DEVICE_BATCH,
    ) -> None:
        self._model = load_model(weights)
        self._calibration = self._model.calibrations.get(name) if calibrate else None
        self._restorers = restorers(self._model.transform)
        self._boundary = boundary
        self._sampler = sampler
        self._sigmas = karras_sigmas(levels)
        self._start = float(self._sigmas[0])
        self._cpu = self._backend = choose_backend(backend, self._model.network, boundary)
        self._device, self._batch_size = torch.device("cpu"), _BATCH
        self._device_batch = device_batch
        card = self._model.card
        self.info = ModelInfo(
            name=name,
            description=description,
            detectors=tuple(card["detectors"]),
            energy_range_mev=(1e3, ENERGY_SCALE_MEV),
            theta_range=THETA_RANGE,
            nfe=sampler.nfe(levels),
            parameters=card["parameters"],
            flops=evaluation_flops(self._model.network.config),
            weights_hash=card["weights_sha256"],
            post_processing=self._post_processing(),
            backend=self._backend.label,
        )

    def to(self, device: str) -> None:
        """See :class:`calobench.models.protocol.MovableModel`.

        Starting noise is always drawn on the CPU, and post-processing is done there.

        Raises:
            DeviceError: the device is not there.
        """
        place = require_device(device)
        if device == "cpu":
            self._backend, self._batch_size = self._cpu, _BATCH
        else:
            network = deepcopy(self._model.network).to(place)
            self._backend, self._batch_size = Eager(network, self._boundary), self._device_batch
        self._device = place
        self.info = replace(self.info, device=device, backend=self._backend.label)

    def _post_processing(self) -> tuple[str, ...]:
        steps = [f"cells below {1e3 * self._model.transform.cut_mev:g} keV set to zero"]
        if self._calibration is not None:
            steps += [
                "energies of filled cells quantile-mapped to Geant4 by incident energy, ring and depth",
                "shares of layers and rings given the mean and deviation of Geant4's",
            ]
        steps.append("visible energy redrawn from a conditional model of E, theta and mean depth")
        return tuple(steps)

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """See :class:`calobench.models.protocol.ShowerModel`.

        Raises:
            MeshMismatchError: the detector's mesh has another number of cells than the network.
        """
        shape_seed, energy_seed = _children(seed)
        return self._model.energy.rescale(
            self.shapes(conditions, detector, shape_seed),
            conditions.energy,
            conditions.theta,
            detector.one_hot_slot,
            np.random.default_rng(energy_seed),
        )

    def shapes(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Showers as the network makes them, before their visible energy is redrawn.

        Raises:
            MeshMismatchError: as :meth:`generate`.
        """
        shape = self._model.network.config.mesh
        if detector.mesh_geometry.shape != shape:
            raise MeshMismatchError(
                f"model '{self.info.name}' makes {shape} cells, {detector.name} has "
                f"{detector.mesh_geometry.shape}; use a detector with the same numbers of cells"
            )
        words = seed.generate_state(2, np.uint32).astype(np.int64)
        generator = torch.Generator().manual_seed(int(words[0] << 31 | words[1] >> 1))
        showers = np.empty((len(conditions), *shape), dtype=np.float32)
        for start in range(0, len(conditions), self._batch_size):
            rows = slice(start, start + self._batch_size)
            self._fill(showers[rows], conditions[rows], detector.one_hot_slot, generator)
        return showers

    def _fill(
        self,
        showers: NDArray[np.float32],
        conditions: Conditions,
        slot: int,
        generator: torch.Generator,
    ) -> None:
        """Write the showers of one batch, post-processed a few at a time."""
        x = self._sample(conditions, slot, generator)
        for start in range(0, len(x), _BATCH):
            rows = slice(start, start + _BATCH)
            showers[rows] = self._restore(x[rows], conditions[rows], slot)

    @torch.inference_mode()
    def _sample(
        self, conditions: Conditions, slot: int, generator: torch.Generator
    ) -> NDArray[np.float32]:
        """Normalised showers."""
        encoded = torch.from_numpy(encode(conditions, slot)).to(self._device)
        backend = self._backend

        def denoise(x: Tensor, sigma: float) -> Tensor:
            return backend(x, sigma, encoded)

        mesh = self._model.network.config.mesh
        noise = torch.randn(len(conditions), *mesh, generator=generator)
        start = noise.mul_(self._start).to(self._device)
        x: NDArray[np.float32] = (
            self._sampler(denoise, start, self._sigmas, generator).cpu().numpy()
        )
        return x

    def _restore(
        self, x: NDArray[np.float32], conditions: Conditions, slot: int
    ) -> NDArray[np.float32]:
        """Calibrated showers in MeV."""
        restorer = self._restorers[slot]
        centre = restorer.centre(conditions.energy)
        cells = restorer.restore(x, centre)
        if self._calibration is None:
            return cells
        sample = ShowerSample(cells, centre, conditions.energy, conditions.theta)
        return self._calibration.apply(sample, slot)


def _children(seed: np.random.SeedSequence) -> tuple[np.random.SeedSequence, ...]:
    """Its first two children; ``spawn`` would count the call in ``seed`` and differ the next time."""
    return tuple(
        np.random.SeedSequence(
            seed.entropy, spawn_key=(*seed.spawn_key, child), pool_size=seed.pool_size
        )
        for child in range(2)
    )
