"""The chain of a trained model: marginals, shape given the marginals, low cells and spread, sums."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
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
from reference_models.calibration.cells import CellCorrection
from reference_models.calibration.tables import Calibration
from reference_models.devices import require_device
from reference_models.inference.arrays import correlators, encode, restorers
from reference_models.inference.choose import AUTO, choose_backend, single_showers
from reference_models.inference.device import BATCH, DeviceChain
from reference_models.inference.flops import evaluation_flops
from reference_models.inference.noise import GROUP, White, streams, white
from reference_models.marginals.sums import ROUNDS_BEFORE, Sums, fit_to_sums
from reference_models.network.preprocessing import ENERGY_SCALE_MEV, N_SLOTS, THETA_RANGE
from reference_models.samplers.noise import layer_mixings, ring_mixing
from reference_models.samplers.sampling import Sampling
from reference_models.weights_io import load_model

__all__ = ["EdmModel"]


class EdmModel:
    """A trained denoiser (or consistency function) with a sampler.

    Args:
        name: as in the registry.
        description: one line for people.
        weights: safetensors file with its model card beside it.
        sampling: how the network is sampled.
        backend: what evaluates the network on the CPU, see :mod:`reference_models.inference.choose`.
        device_batch: showers that are computed together on any other device, at most.
        calibration: instead of that of the weights for this way of sampling. Where they have none, cells
            stay as the network makes them, see :meth:`~.weights_io.FinishedModel.only_noise`.

    Attributes:
        finished: networks and tables.
        calibration: what its showers are corrected with.
        single: what makes showers that are asked for one by one; None where the steps below do.
        sampler: the sampler.
        sigmas: its noise levels, the last one 0.
        boundary: sigma_min for a consistency function, None for a denoiser.

    Raises:
        WeightsError: the weights are missing or are not what their card says.
        UnknownNameError: there is no such sampler or schedule.
        ModelError: the backend is not there, or the sampler cannot take that number of evaluations.
    """

    def __init__(
        self,
        name: str,
        description: str,
        weights: Path,
        sampling: Sampling,
        *,
        backend: str = AUTO,
        device_batch: int = BATCH,
        calibration: Calibration | None = None,
    ) -> None:
        self.sampler, self.sigmas = sampling.make(), sampling.sigmas()
        self.boundary = sampling.boundary
        self._start = float(self.sigmas[0])
        self.finished = load_model(weights)
        # Which cells are empty is decided later, for each ring and layer.
        self._restorers = [replace(one, cut_mev=0.0) for one in restorers(self.finished.transform)]
        given = calibration or self.finished.calibration_for(sampling)
        self._calibrated = given is not None
        self._use(given or self.finished.only_noise(sampling))
        self._backend = choose_backend(backend, self.finished.network, self.boundary)
        self.single = single_showers(self, self._backend)
        self._elsewhere: DeviceChain | None = None
        self._device_batch = device_batch
        card = self.finished.card
        self.info = ModelInfo(
            name=name,
            description=description,
            detectors=tuple(card["detectors"]),
            energy_range_mev=(1e3, ENERGY_SCALE_MEV),
            theta_range=THETA_RANGE,
            nfe=sampling.nfe,
            parameters=card["parameters"],
            flops=evaluation_flops(self.finished.network.config),
            weights_hash=card["weights_sha256"],
            post_processing=self._post_processing(),
            backend=self._backend.label,
        )

    def _use(self, calibration: Calibration) -> None:
        config = self.finished.network.config
        self.calibration = calibration
        self._corrections = [CellCorrection(calibration, slot) for slot in range(N_SLOTS)]
        self.mixings = layer_mixings(calibration, config.mesh[2], config.patch[2])
        self.ring_mixings = ring_mixing(torch.from_numpy(calibration.ring_noise))
        self._correlators = correlators(self.ring_mixings, self.mixings)

    def with_calibration(self, calibration: Calibration) -> EdmModel:
        """The same model on the same device with another calibration; the two share their network."""
        other = copy.copy(self)
        other._calibrated = True
        other._use(calibration)
        other.single = single_showers(other, other._backend)
        other.info = replace(self.info, post_processing=other._post_processing())
        if self._elsewhere is not None:
            other._elsewhere = DeviceChain(other, self._elsewhere.device, self._device_batch)
        return other

    def to(self, device: str) -> None:
        """See :class:`calobench.models.protocol.MovableModel`.

        Everything is then computed there but the noise, which is drawn on the CPU: a seed means the same
        showers on any device, to 1e-3.

        Raises:
            DeviceError: the device is not there.
        """
        place = require_device(device)
        self._elsewhere = None if device == "cpu" else DeviceChain(self, place, self._device_batch)
        backend = self._elsewhere or self._backend
        self.info = replace(self.info, device=device, backend=backend.label)

    def _post_processing(self) -> tuple[str, ...]:
        if self._calibrated:
            cells = (
                "starting noise of neighbouring layers and rings correlated, cells below 0.1 MeV given "
                "Geant4's spectrum and number of empty cells by ring and layer, cells of the innermost ring "
                "spread as Geant4's: calibrated on training showers of each detector"
            )
        else:
            cells = f"cells below {1e3 * self.finished.transform.cut_mev:g} keV set to zero"
            if self.finished.calibrations:
                cells = (
                    "starting noise of neighbouring layers and rings correlated, as calibrated with "
                    f"{', '.join(self.finished.calibrations)}; {cells}: cells are not calibrated for this "
                    "sampler with so many evaluations"
                )
        return (
            "total energy, energies of layers and rings and centre of gravity drawn first, by a small "
            "diffusion model of E, theta, phi and detector",
            cells,
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
        first, second = streams(seed)
        if self._elsewhere is not None:
            self._require_mesh(detector)
            return self._elsewhere.seeded(conditions, slot, first, second)
        if len(conditions) == 1 and self.single is not None:
            self._require_mesh(detector)
            if self.single.agrees(detector):
                return self.single.seeded(conditions, slot, first, second)
        sums = self.finished.marginals.model.sample(conditions, slot, first)
        return self.of_sums(conditions, sums, detector, second)

    def from_noise(
        self, conditions: Conditions, detector: DetectorSpec, noise: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The showers that belong to given noise: what exported files are compared with.

        Args:
            conditions: incident particles, (N,).
            detector: the detector.
            noise: standard normal, (N, K + D cells): that of the K marginals first, then that of the start
                and of every step at which the sampler draws some.

        Returns:
            Cell energies in MeV, (N, R, PHI, Z).
        """
        slot = detector.one_hot_slot
        if self._elsewhere is not None:
            return self._elsewhere.given(conditions, slot, noise)
        marginals = self.finished.marginals.model
        k = marginals.network.size
        first, rest = torch.from_numpy(noise[:, :k]), torch.from_numpy(noise[:, k:])
        sums = marginals.sample_from(conditions, slot, first)
        draws = rest.reshape(len(noise), -1, *self.finished.network.config.mesh)

        def given(rows: slice, k: int) -> Tensor:
            return draws[rows, k]

        return self.of_sums(conditions, sums, detector, given)

    def of_sums(
        self,
        conditions: Conditions,
        sums: Sums,
        detector: DetectorSpec,
        noise: np.random.SeedSequence | White,
    ) -> NDArray[np.float32]:
        """Finished showers of given marginals, such as those of Geant4; arguments of :meth:`shapes`."""
        shapes = self.shapes(conditions, sums, detector, noise)
        return self.corrected(shapes, conditions, sums, detector)

    def corrected(
        self,
        shapes: NDArray[np.float32],
        conditions: Conditions,
        sums: Sums,
        detector: DetectorSpec,
    ) -> NDArray[np.float32]:
        """Showers of :meth:`shapes` with low cells and spread calibrated, scaled to their sums again.

        This is done on the CPU, wherever the model is.
        """
        cells = np.empty_like(shapes)
        correct = self._corrections[detector.one_hot_slot]
        for start in range(0, len(shapes), GROUP):
            rows = slice(start, start + GROUP)
            cells[rows] = correct(shapes[rows], conditions.energy[rows])
        return fit_to_sums(cells, sums)

    def shapes(
        self,
        conditions: Conditions,
        sums: Sums,
        detector: DetectorSpec,
        noise: np.random.SeedSequence | White,
    ) -> NDArray[np.float32]:
        """Showers as the network makes them given their marginals, scaled to them, with no cell cut off yet.

        Those of a seed are made where the model is, those of given noise on the CPU.

        Args:
            conditions: incident particles, (N,).
            sums: their marginals.
            detector: where they enter.
            noise: of deviation 1, or a seed of it.

        Raises:
            MeshMismatchError: the detector's mesh has another number of cells than the network.
        """
        self._require_mesh(detector)
        shape, slot = self.finished.network.config.mesh, detector.one_hot_slot
        if self._elsewhere is not None and isinstance(noise, np.random.SeedSequence):
            return self._elsewhere.shapes(conditions, slot, sums, noise)
        given = white(noise, shape) if isinstance(noise, np.random.SeedSequence) else noise
        told = self.finished.scale.standardised(sums, conditions.energy, slot)
        encoded = np.concatenate([encode(conditions, slot), told], axis=1)
        showers = np.empty((len(conditions), *shape), dtype=np.float32)
        restorer, correlated = self._restorers[slot], self._correlators[slot]
        for first in range(0, len(conditions), GROUP):
            rows = slice(first, min(first + GROUP, len(conditions)))
            draws = (correlated(given(rows, k).numpy()) for k in itertools.count())
            x = self._sample(encoded[rows], draws)
            showers[rows] = restorer.restore(x, restorer.centre(conditions.energy[rows]))
        return fit_to_sums(showers, sums, ROUNDS_BEFORE)

    def _require_mesh(self, detector: DetectorSpec) -> None:
        shape = self.finished.network.config.mesh
        if detector.mesh_geometry.shape != shape:
            raise MeshMismatchError(
                f"model '{self.info.name}' makes {shape} cells, {detector.name} has "
                f"{detector.mesh_geometry.shape}; use a detector with the same numbers of cells"
            )

    @torch.inference_mode()
    def _sample(
        self, encoded: NDArray[np.float32], draws: Iterator[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Normalised showers; ``draws`` are the noise of the start and of every step."""
        told, backend = torch.from_numpy(encoded), self._backend

        def denoise(x: Tensor, sigma: float) -> Tensor:
            return backend(x, sigma, told)

        def noise(_like: Tensor) -> Tensor:
            return torch.from_numpy(next(draws))

        first = torch.from_numpy(next(draws) * np.float32(self._start))
        x: NDArray[np.float32] = self.sampler(denoise, first, self.sigmas, noise).numpy()
        return x
