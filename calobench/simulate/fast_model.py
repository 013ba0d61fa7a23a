"""A model inside Geant4: its showers instead of those of the photons that enter the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError
from calobench.models.calls import model_info
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.protocol import ShowerModel
from calobench.models.registry import load_model
from calobench.placement.place import sheet_points
from calobench.showers import Conditions
from calobench.simulate.beam import Beam, Event
from calobench.simulate.engine import Deposits
from calobench.simulate.photon import Photon

__all__ = ["FAST_ABOVE_MEV", "FastModel", "Replacing"]

FAST_ABOVE_MEV = 1000.0
"""Photons of more energy are a model's, unless told otherwise: Par04 and DDML begin there, too."""


@dataclass(frozen=True)
class FastModel:
    """Photons that a model replaces, and the replacement.

    Attributes:
        model: registered name, ``package.module:factory`` or a trained file, with its arguments.
        above_mev: photons of more energy are replaced where they enter the layers, MeV.
        weights_hash: of the model; None without weights.
    """

    model: str
    above_mev: float = FAST_ABOVE_MEV
    weights_hash: str | None = None

    @classmethod
    def of(
        cls, model: str, detector: DetectorSpec, beam: Beam, above_mev: float = FAST_ABOVE_MEV
    ) -> FastModel:
        """Look at a model before Geant4 is started.

        Args:
            model: as above.
            detector: what is shot at.
            beam: what is shot.
            above_mev: as above.

        Raises:
            ConditionsError: no photon of the beam has so much energy, or the model does not cover those
                that have.
            ModelError: it cannot be made, or is not for this detector.
        """
        energies = [beam.energy, *([beam.second_energy] if beam.second_energy else [])]
        highest = max(axis.high for axis in energies)
        if not highest > above_mev:
            raise ConditionsError(
                f"no photon has more than {above_mev / 1000:g} GeV, so that {model} would make none of the "
                "showers; lower --fast-above or raise --energy"
            )
        info = model_info(load_model(model, detector, "cpu"), model)
        lowest = max(above_mev, min(axis.low for axis in energies))
        ends = Conditions(
            np.array([lowest, highest]),
            np.array(beam.theta),
            np.array([beam.phi.low, beam.phi.high]),
        )
        check_model_covers(info, detector, ends, "raise --fast-above, or choose --energy inside")
        return cls(model, above_mev, info.weights_hash)

    def settings(self) -> dict[str, Any]:
        """For settings and provenance: JSON types only."""
        return {"model": self.model, "above_mev": self.above_mev, "weights": self.weights_hash}

    @property
    def description(self) -> str:
        """As kept with the showers."""
        return f"photons above {self.above_mev:g} MeV replaced at the face by {self.model}"


class Replacing:
    """A loaded model that takes over from Geant4.

    Args:
        fast: which one.
        detector: what is shot at.
    """

    def __init__(self, fast: FastModel, detector: DetectorSpec) -> None:
        self._name, self._detector = fast.model, detector
        self._model: ShowerModel = load_model(fast.model, detector, "cpu")

    def add(self, deposits: Deposits, event: Event, azimuth: float) -> Deposits:
        """Deposits of Geant4, and those of the model for the photons that ended at the face.

        The showers depend on the event's seed only. They are placed as ``calobench place`` does.

        Args:
            deposits: of one event.
            event: what was shot.
            azimuth: of the event's photons relative to the normal of the layers, rad.

        Raises:
            ModelError: the model failed or returned no showers.
        """
        if not deposits.entered:
            return deposits
        # In an order of their own: Geant4 tracks the photon that it was given last first.
        photons = sorted(deposits.entered, key=lambda photon: (photon.z, photon.y))
        local = np.array(
            [np.arctan2(photon.direction[1], photon.direction[0]) for photon in photons]
        )
        conditions = Conditions(
            np.array([photon.energy for photon in photons]),
            np.array([np.arccos(np.clip(photon.direction[2], -1, 1)) for photon in photons]),
            local + (event.phi - azimuth),
        )
        noise, points = np.random.SeedSequence(event.seed).spawn(2)
        showers = generate_checked(
            self._model, conditions, self._detector, noise, name=self._name
        ).showers
        sheet = sheet_points(
            showers, self._detector, local, seed=int(points.generate_state(1, np.uint64)[0])
        )
        return Deposits(
            np.concatenate(
                [deposits.positions, sheet.position + _entrances(photons)[sheet.shower]]
            ),
            np.concatenate([deposits.energies, sheet.energy]),
        )


def _entrances(photons: list[Photon]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([(0.0, photon.y, photon.z) for photon in photons])
