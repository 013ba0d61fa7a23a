"""The chain of a trained model: marginals, shape given the marginals, cut, sums."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from itertools import islice
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

Start = Callable[[int], Tensor]
"""``(n) -> noise of the next n showers``."""

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

    Attributes:
        finished: networks and tables.
        sampler: the sampler.
        sigmas: its noise levels, the last one 0.
        boundary: as given.

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
        self.finished = load_model(weights)
        self._restorers = restorers(self.finished.transform)
        self.boundary = boundary
        self.sampler = sampler
        self.sigmas = schedule(levels)
        self._start = float(self.sigmas[0])
        self._cpu = self._backend = choose_backend(backend, self.finished.network, boundary)
        self._device, self._batch_size = torch.device("cpu"), _BATCH
        self._device_batch = device_batch
        card = self.finished.card
        self.info = ModelInfo(
            name=name,
            description=description,
            detectors=tuple(card["detectors"]),
            energy_range_mev=(1e3, ENERGY_SCALE_MEV),
            theta_range=THETA_RANGE,
            nfe=sampler.nfe(levels),
            parameters=card["parameters"],
            flops=evaluation_flops(self.finished.network.config),
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
            network = deepcopy(self.finished.network).to(place)
            self._backend, self._batch_size = Eager(network, self.boundary), self._device_batch
        self._device = place
        self.info = replace(self.info, device=device, backend=self._backend.label)

    def _post_processing(self) -> tuple[str, ...]:
        return (
            "total energy, energies of layers and rings and centre of gravity drawn first, by a small "
            "diffusion model of E, theta, phi and detector",
            f"cells below {1e3 * self.finished.transform.cut_mev:g} keV set to zero",
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
        sums = self.finished.marginals.model.sample(conditions, slot, sums_seed)
        mesh = self.finished.network.config.mesh

        def start(n: int) -> Tensor:
            return torch.randn(n, *mesh, generator=shape_seed)

        return self._showers(conditions, sums, detector, start, shape_seed)

    def from_noise(
        self, conditions: Conditions, detector: DetectorSpec, noise: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The showers that belong to given noise: what exported files are compared with.

        Args:
            conditions: incident particles, (N,).
            detector: the detector.
            noise: standard normal, (N, K + cells): that of the K marginals first.

        Returns:
            Cell energies in MeV, (N, R, PHI, Z). What the sampler adds on its way is not part of the noise.
        """
        marginals = self.finished.marginals.model
        k = marginals.network.size
        first, rest = torch.from_numpy(noise[:, :k]), torch.from_numpy(noise[:, k:])
        sums = marginals.sample_from(conditions, detector.one_hot_slot, first)
        rows = iter(rest.reshape(len(noise), *self.finished.network.config.mesh))

        def start(n: int) -> Tensor:
            return torch.stack(list(islice(rows, n)))

        return self._showers(conditions, sums, detector, start, torch.Generator().manual_seed(0))

    def _showers(
        self,
        conditions: Conditions,
        sums: Sums,
        detector: DetectorSpec,
        start: Start,
        generator: torch.Generator,
    ) -> NDArray[np.float32]:
        """Showers given their marginals; ``start`` gives the noise of the next showers, of deviation 1."""
        shape = self.finished.network.config.mesh
        if detector.mesh_geometry.shape != shape:
            raise MeshMismatchError(
                f"model '{self.info.name}' makes {shape} cells, {detector.name} has "
                f"{detector.mesh_geometry.shape}; use a detector with the same numbers of cells"
            )
        slot = detector.one_hot_slot
        told = self.finished.scale.standardised(sums, conditions.energy, slot)
        encoded = np.concatenate([encode(conditions, slot), told], axis=1)
        showers = np.empty((len(conditions), *shape), dtype=np.float32)
        for first in range(0, len(conditions), self._batch_size):
            rows = slice(first, first + self._batch_size)
            x = self._sample(encoded[rows], start, generator)
            self._fill(showers[rows], x, conditions.energy[rows], slot)
        return fit_to_sums(showers, sums)

    def _fill(
        self,
        showers: NDArray[np.float32],
        x: NDArray[np.float32],
        energy: NDArray[np.float64],
        slot: int,
    ) -> None:
        """Write the showers of one batch, restored a few at a time."""
        restorer = self._restorers[slot]
        for start in range(0, len(x), _BATCH):
            rows = slice(start, start + _BATCH)
            showers[rows] = restorer.restore(x[rows], restorer.centre(energy[rows]))

    @torch.inference_mode()
    def _sample(
        self, encoded: NDArray[np.float32], start: Start, generator: torch.Generator
    ) -> NDArray[np.float32]:
        """Normalised showers."""
        told = torch.from_numpy(encoded).to(self._device)
        backend = self._backend

        def denoise(x: Tensor, sigma: float) -> Tensor:
            return backend(x, sigma, told)

        noise = start(len(encoded)).mul_(self._start).to(self._device)
        x: NDArray[np.float32] = self.sampler(denoise, noise, self.sigmas, generator).cpu().numpy()
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
