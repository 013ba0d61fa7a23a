"""Photons that end where they enter the layers, for a model to make their showers.

Geant4's own classes for this (``G4VFastSimulationModel``, ``G4FastSimulationManager``, ``G4FastTrack``,
``G4FastStep``) are not in geant4_pybind 0.1.3. What they do is done by a sensitive sheet of vacuum before
the layers: the trigger is a filter of Geant4, and the photons that pass it are stopped and killed.
"""

# Geant4 finds its callbacks by their names.
# ruff: noqa: N802

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from calobench.simulate.photon import Photon

__all__ = ["Entrance"]


class Entrance:
    """The sensitive detector of the sheet: ends photons on their way in, and remembers them.

    Args:
        volume: logical volume of the sheet, whose far side is the face.
        above_mev: photons of more energy end.
        entered: gets each of them, where it reaches the face.

    Attributes:
        detector: to be registered with Geant4; it must not outlive this object.
    """

    def __init__(self, volume: Any, above_mev: float, entered: list[Photon]) -> None:
        import geant4_pybind as g4

        class Trigger(g4.G4VPrimitiveScorer):
            def ProcessHits(self, step: Any, _history: Any) -> bool:
                track = step.GetTrack()
                direction = track.GetMomentumDirection()
                if direction.x <= 0:  # on its way out
                    return False
                track.SetTrackStatus(g4.G4TrackStatus.fStopAndKill)
                face = step.GetPostStepPoint().GetPosition()
                entered.append(
                    Photon(
                        step.GetPreStepPoint().GetKineticEnergy(),
                        np.array([direction.x, direction.y, direction.z]),
                        face.y,
                        face.z,
                    )
                )
                return True

        # The filter's own limit is let through.
        above = math.nextafter(above_mev * g4.MeV, math.inf)
        self._photons = g4.G4SDParticleWithEnergyFilter("entering", above, sys.float_info.max)
        self._photons.add("gamma")
        self._trigger = Trigger("trigger")
        self._trigger.SetFilter(self._photons)
        self.detector = g4.G4MultiFunctionalDetector("entrance")
        self.detector.RegisterPrimitive(self._trigger)
        volume.SetSensitiveDetector(self.detector)
