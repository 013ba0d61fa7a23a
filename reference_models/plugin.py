"""The EDM DiT as calobench models: ``full``, ``solver`` and ``distilled``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.errors import MeshMismatchError
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions
from reference_models.calibration import ShowerSample
from reference_models.preconditioning import SIGMA_MIN, Denoiser
from reference_models.preprocessing import ENERGY_SCALE_MEV, THETA_RANGE, encode_conditions
from reference_models.samplers.base import Sampler
from reference_models.samplers.consistency import Consistency
from reference_models.samplers.dpmpp_2m import DpmPlusPlus2M
from reference_models.samplers.heun import Heun
from reference_models.samplers.schedule import karras_sigmas
from reference_models.weights_io import WEIGHTS_DIR, load_model

__all__ = ["EdmModel", "distilled", "full", "solver"]

_BATCH = 16
"""Showers that go through the network together: larger ones fall out of the cache of a core."""


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

    Raises:
        WeightsError: the weights are missing or are not what their card says.
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
    ) -> None:
        self._model = load_model(weights)
        self._calibration = self._model.calibrations.get(name) if calibrate else None
        self._denoiser = Denoiser(self._model.network, boundary).eval()
        self._sampler = sampler
        self._sigmas = karras_sigmas(levels)
        card = self._model.card
        self.info = ModelInfo(
            name=name,
            description=description,
            detectors=tuple(card["detectors"]),
            energy_range_mev=(1e3, ENERGY_SCALE_MEV),
            theta_range=THETA_RANGE,
            nfe=sampler.nfe(levels),
            parameters=card["parameters"],
            weights_hash=card["weights_sha256"],
            post_processing=self._post_processing(),
        )

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
        parts = [
            self._batch(conditions[start : start + _BATCH], detector.one_hot_slot, generator)
            for start in range(0, len(conditions), _BATCH)
        ]
        return np.concatenate(parts)

    @torch.inference_mode()
    def _batch(
        self, conditions: Conditions, slot: int, generator: torch.Generator
    ) -> NDArray[np.float32]:
        n = len(conditions)
        energy, theta, phi = (
            torch.from_numpy(column).float()
            for column in (conditions.energy, conditions.theta, conditions.phi)
        )
        slots = torch.full((n,), slot)
        encoded = encode_conditions(energy, theta, phi, slots)

        def denoise(x: torch.Tensor, sigma: float) -> torch.Tensor:
            result: torch.Tensor = self._denoiser(x, torch.full((n,), sigma), encoded)
            return result

        mesh = self._model.network.config.mesh
        start = torch.randn(n, *mesh, generator=generator) * self._sigmas[0].float()
        x = self._sampler(denoise, start, self._sigmas, generator)
        cells: NDArray[np.float32] = self._model.transform.restore(x, energy, slots).numpy()
        if self._calibration is None:
            return cells
        centre = self._model.transform.centre(energy, slots).numpy()
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


def full(*, calibrate: bool = True) -> EdmModel:
    """The diffusion transformer with the stochastic Heun sampler, 32 steps."""
    return EdmModel(
        "full",
        "EDM diffusion transformer, stochastic Heun, 32 steps",
        WEIGHTS_DIR / "edm_dit.safetensors",
        Heun(churn=8.0),
        levels=32,
        calibrate=calibrate,
    )


def solver(*, calibrate: bool = True) -> EdmModel:
    """The same weights with DPM-Solver++(2M), 25 evaluations."""
    return EdmModel(
        "solver",
        "EDM diffusion transformer, DPM-Solver++(2M), 25 evaluations",
        WEIGHTS_DIR / "edm_dit.safetensors",
        DpmPlusPlus2M(),
        levels=25,
        calibrate=calibrate,
    )


def distilled(*, calibrate: bool = True) -> EdmModel:
    """The consistency-distilled student, one evaluation."""
    return EdmModel(
        "distilled",
        "consistency-distilled diffusion transformer, 1 evaluation",
        WEIGHTS_DIR / "edm_dit_distilled.safetensors",
        Consistency(),
        levels=1,
        boundary=SIGMA_MIN,
        calibrate=calibrate,
    )
