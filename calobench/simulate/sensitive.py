"""Steps in the active layers, from Geant4 to Python."""

# Geant4 finds its callbacks by their names.
# ruff: noqa: N802

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Any

__all__ = ["ActiveLayers"]

_MAX_PHOTON_MEV = 0.3
_HEAVIEST_OF_LIGHT = 18  # argon: what was measured, with silicon and polystyrene


class ActiveLayers:
    """The sensitive detector of all active layers: appends the deposits to an array.

    A call of Python costs more than most steps do, and most are of photons that only cross a layer. So
    Geant4's own filters let through charged particles and, in light materials, photons up to 0.3 MeV.

    A photon deposits energy only where an atom absorbs it, which is the binding energy (the electron carries
    the rest), or where it recoils off an electron that is too slow to be tracked (below 100 eV). Above 0.3
    MeV that is 5e-6 of all that 50 GeV photons deposit in ALLEGRO's argon. In heavy elements absorption
    does not end there, and binding energies are 20 times higher: there is no limit.

    Args:
        volumes: logical volumes of the layers.
        steps: gets energy (MeV) and pre-step position x, y, z (mm) of every deposit.

    Attributes:
        detector: to be registered with Geant4; it must not outlive this object.
        max_photon_mev: photons of more energy are not asked for deposits; None for no limit.
    """

    def __init__(self, volumes: Sequence[Any], steps: array[float]) -> None:
        import geant4_pybind as g4

        class Scorer(g4.G4VPrimitiveScorer):
            known: Any = None

            def ProcessHits(self, step: Any, _history: Any) -> bool:
                # Geant4 reuses one step and its first point all the time; to look their methods up anew
                # each time would be a fifth of what Python takes.
                if step is not self.known:
                    self.known = step
                    self.energy = step.GetTotalEnergyDeposit
                    self.position = step.GetPreStepPoint().GetPosition
                energy = self.energy()
                if energy > 0:
                    position = self.position()
                    steps.extend((energy, position.x, position.y, position.z))
                return True

        self.max_photon_mev = None if _heaviest(volumes) > _HEAVIEST_OF_LIGHT else _MAX_PHOTON_MEV
        limit = sys.float_info.max if self.max_photon_mev is None else self.max_photon_mev * g4.MeV
        photons = g4.G4SDParticleWithEnergyFilter("photons", 0.0, limit)
        photons.add("gamma")
        self._filters = (g4.G4SDChargedFilter("charged"), photons)
        self._scorers = tuple(Scorer(name) for name in ("charged", "photons"))
        self.detector = g4.G4MultiFunctionalDetector("active")
        # On a scorer: a filter on a sensitive detector of Python itself crashes.
        for scorer, accepted in zip(self._scorers, self._filters, strict=True):
            scorer.SetFilter(accepted)
            self.detector.RegisterPrimitive(scorer)
        for volume in volumes:
            volume.SetSensitiveDetector(self.detector)


def _heaviest(volumes: Sequence[Any]) -> float:
    """Highest atomic number in the materials of the volumes."""
    materials = [volume.GetMaterial() for volume in volumes]
    return max(
        float(element.GetZ()) for material in materials for element in material.GetElementVector()
    )
