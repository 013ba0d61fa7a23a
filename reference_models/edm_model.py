"""The chain of a trained model: marginals, shape given the marginals, cut, sums."""

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
from reference_models.marginals.sums import Sums, fit_to_sums
from reference_models.network.preprocessing import ENERGY_SCALE_MEV, THETA_RANGE
from reference_models.samplers.base import Sampler
from reference_models.samplers.schedule import Schedule, karras_sigmas
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
        schedule: of the noise levels.
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
        schedule: Schedule = karras_sigmas,
        backend: str = AUTO,
        device_batch: int = _DEVICE_BATCH,
    ) -> None:
        self._model = load_model(weights)
        self._restorers = restorers(self._model.transform)
        self._boundary = boundary
        self._sampler = sampler
        self._sigmas = schedule(levels)
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
        return (
            "total energy, energies of layers and rings and centre of gravity drawn first, by a small "
            "diffusion model of E, theta, phi and detector",
            f"cells below {1e3 * self._model.transform.cut_mev:g} keV set to zero",
            "cells scaled to the energies of layers and rings by proportional fitting",
        )

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """See :class:`calobench.models.protocol.ShowerModel`.

        Raises:
            MeshMismatchError: the detector's mesh has another number of cells than the network.
        """
        slot = detector.one_hot_slot
        sums_seed, shape_seed = (_generator(child) for child in _children(seed))
        sums = self._model.marginals.model.sample(conditions, slot, sums_seed)
        return fit_to_sums(self._shapes(conditions, sums, detector, shape_seed), sums)

    def _shapes(
        self, conditions: Conditions, sums: Sums, detector: DetectorSpec, generator: torch.Generator
    ) -> NDArray[np.float32]:
        """Showers as the network makes them given their marginals, before cells are scaled to the sums."""
        shape = self._model.network.config.mesh
        if detector.mesh_geometry.shape != shape:
            raise MeshMismatchError(
                f"model '{self.info.name}' makes {shape} cells, {detector.name} has "
                f"{detector.mesh_geometry.shape}; use a detector with the same numbers of cells"
            )
        slot = detector.one_hot_slot
        told = self._model.scale.standardised(sums, conditions.energy, slot)
        encoded = np.concatenate([encode(conditions, slot), told], axis=1)
        showers = np.empty((len(conditions), *shape), dtype=np.float32)
        for start in range(0, len(conditions), self._batch_size):
            rows = slice(start, start + self._batch_size)
            self._fill(showers[rows], encoded[rows], conditions.energy[rows], slot, generator)
        return showers

    def _fill(
        self,
        showers: NDArray[np.float32],
        encoded: NDArray[np.float32],
        energy: NDArray[np.float64],
        slot: int,
        generator: torch.Generator,
    ) -> None:
        """Write the showers of one batch, restored a few at a time."""
        x = self._sample(encoded, generator)
        restorer = self._restorers[slot]
        for start in range(0, len(x), _BATCH):
            rows = slice(start, start + _BATCH)
            showers[rows] = restorer.restore(x[rows], restorer.centre(energy[rows]))

    @torch.inference_mode()
    def _sample(
        self, encoded: NDArray[np.float32], generator: torch.Generator
    ) -> NDArray[np.float32]:
        """Normalised showers."""
        told = torch.from_numpy(encoded).to(self._device)
        backend = self._backend

        def denoise(x: Tensor, sigma: float) -> Tensor:
            return backend(x, sigma, told)

        mesh = self._model.network.config.mesh
        noise = torch.randn(len(encoded), *mesh, generator=generator)
        start = noise.mul_(self._start).to(self._device)
        x: NDArray[np.float32] = (
            self._sampler(denoise, start, self._sigmas, generator).cpu().numpy()
        )
        return x


def _generator(seed: np.random.SeedSequence) -> torch.Generator:
    words = seed.generate_state(2, np.uint32).astype(np.int64)
    return torch.Generator().manual_seed(int(words[0] << 31 | words[1] >> 1))


def _children(seed: np.random.SeedSequence) -> tuple[np.random.SeedSequence, ...]:
    """Its first two children; ``spawn`` would count the call in ``seed`` and differ the next time."""
    return tuple(
        np.random.SeedSequence(
            seed.entropy, spawn_key=(*seed.spawn_key, child), pool_size=seed.pool_size
        )
        for child in range(2)
    )
