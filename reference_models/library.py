"""A library of Geant4 showers as a model: what one that knew the training sample by heart would give.

For each condition one of the nearest showers of the training sample is taken and scaled to the energy
that is asked for. Nothing that is trained on the sample can know more of Geant4 than it holds, so its
scores are a ceiling; and they are what a model that memorises looks like: with more showers than the
sample has for the conditions, the same ones come again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec, detector_names, load_detector
from calobench.errors import ModelError
from calobench.io import LemursFile
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions, Showers

__all__ = ["TRAINING", "Geant4Library", "geant4_library"]

TRAINING = Path(__file__).parents[1] / "data_specs" / "training"
"""Folder of the training sample in a checkout."""

# Differences that count alike: a factor of energy of 1.1, and a tenth in the direction of the layers' normal.
_LOG_ENERGY, _NORMAL = 0.1, 0.1


class Geant4Library:
    """Showers of files, drawn again.

    Args:
        folder: holds ``<Detector>_train*.h5``.
        nearest: showers from which one is drawn for a condition.
        scale: whether cells are multiplied by the ratio of the energies; without, they are copies.

    Raises:
        ModelError: there are no such files, or fewer than one shower to draw from.
    """

    def __init__(self, folder: Path, nearest: int = 10, scale: bool = True) -> None:
        if nearest < 1:
            raise ModelError(f"nearest={nearest}: give a number of showers of at least 1")
        self._files = {
            name: files
            for name in detector_names()
            if (files := sorted(folder.glob(f"{name}_train*.h5")))
        }
        if not self._files:
            raise ModelError(
                f"{folder} has no training showers; they are in calobench's repository and not in the "
                "installed package: clone it, or give their folder with --model geant4-library:folder=PATH"
            )
        self._nearest, self._scale = nearest, scale
        self._read: dict[str, Showers] = {}
        self.info = ModelInfo(
            name="geant4-library",
            description=f"Geant4's own training showers, one of the {nearest} nearest in energy and angle",
            detectors=tuple(self._files),
            post_processing=("cells are scaled to the incident energy",) if scale else (),
            remarks=(
                "these are showers of the training sample, not of a model: scores are the ceiling of what is "
                "trained on it, and showers come more than once",
            ),
        )

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Cell energies in MeV, (N, R, PHI, Z).

        Raises:
            ModelError: there are no showers of the detector, or they are of another geometry.
        """
        library = self._library(detector)
        known, asked = (_place(part, detector) for part in (library.conditions, conditions))
        distance = np.abs(asked[:, None] - known[None]).sum(axis=2)
        count = min(self._nearest, len(library))
        nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
        # By number, so that which is drawn does not depend on how the partition leaves them.
        nearest.sort(axis=1)
        drawn = np.random.default_rng(seed).integers(count, size=len(conditions))
        rows = nearest[np.arange(len(conditions)), drawn]
        showers = library.energy[rows]
        if self._scale:
            ratio = conditions.energy / library.conditions.energy[rows]
            showers *= ratio[:, None, None, None].astype(np.float32)
        return showers

    def _library(self, detector: DetectorSpec) -> Showers:
        if detector.name not in self._files:
            raise ModelError(
                f"geant4-library has no showers of {detector.name}; it has {', '.join(self._files)}"
            )
        if load_detector(detector.name).geometry_hash != detector.geometry_hash:
            raise ModelError(
                f"geant4-library has showers of {detector.name} as it ships, not of this geometry and mesh"
            )
        if detector.name not in self._read:
            parts = []
            for path in self._files[detector.name]:
                with LemursFile(path, detector.mesh_geometry.shape) as file:
                    parts.append(file.read())
            self._read[detector.name] = Showers.concatenate(parts)
        return self._read[detector.name]


def _place(conditions: Conditions, detector: DetectorSpec) -> NDArray[np.float64]:
    """Energy, and how the layers are tilted in the frame of the mesh, (N, 3), in units that count alike."""
    azimuth = detector.staves.azimuth(conditions.phi)
    return np.stack(
        [
            np.log(conditions.energy) / _LOG_ENERGY,
            np.cos(conditions.theta) * np.cos(azimuth) / _NORMAL,
            -np.sin(azimuth) / _NORMAL,
        ],
        axis=1,
    )


def geant4_library(
    folder: str | None = None, nearest: int = 10, scale: bool = True
) -> Geant4Library:
    """The model; ``--model geant4-library:nearest=1,scale=false``, for one.

    Raises:
        ModelError: there are no showers.
    """
    return Geant4Library(TRAINING if folder is None else Path(folder), nearest, scale)
