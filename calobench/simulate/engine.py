"""One Geant4 run manager, shooting photons at the layers of one detector."""

# Geant4 finds its callbacks by their names.
# ruff: noqa: N802

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.simulate.entrance import Entrance
from calobench.simulate.geometry import Stack, build_stack
from calobench.simulate.photon import Photon
from calobench.simulate.sensitive import ActiveLayers

__all__ = ["PRODUCTION_CUT_MM", "Deposits", "Engine", "Photon"]

PRODUCTION_CUT_MM = 0.7
_BEFORE_SHEET_MM = 2.0


class Deposits(NamedTuple):
    """Deposits in the active layers.

    Attributes:
        positions: where each step began, stack frame, mm, (S, 3).
        energies: MeV, (S,).
        entered: photons that ended at the face, and deposited nothing; empty unless the engine was told to
            end some there.
    """

    positions: NDArray[np.float64]
    energies: NDArray[np.float64]
    entered: tuple[Photon, ...] = ()


class _Event:
    """State that the callbacks of Geant4 read and write."""

    def __init__(self) -> None:
        self.photons: Sequence[Photon] = ()
        self.seed = 0
        self.steps = array("d")
        self.entered: list[Photon] = []


class Engine:
    """Geant4 with ``G4EmStandardPhysics``; a process can make only one.

    The variables that point to Geant4's data must be set before it is made.

    Args:
        detector: its layers and materials.
        sensitive: False leaves the deposits out, to see what Geant4 takes without our callbacks.
        end_above_mev: photons of more energy than this end where they enter the layers; None for none.

    Raises:
        SpecError: the detector has a material that Geant4 does not know.
    """

    def __init__(
        self, detector: DetectorSpec, *, sensitive: bool = True, end_above_mev: float | None = None
    ) -> None:
        import geant4_pybind as g4

        self._event = _Event()
        self._manager = g4.G4RunManagerFactory.CreateRunManager(g4.G4RunManagerType.Serial)
        # Geant4 keeps bare pointers: every object must live as long as the engine.
        self._stack = build_stack(detector, sheet=end_above_mev is not None)
        active = self._stack.active if sensitive else ()
        self._construction = _construction(self._stack, active, self._event, end_above_mev)
        self._physics = _physics()
        self._manager.SetUserInitialization(self._construction)
        self._manager.SetUserInitialization(self._physics)
        self._gun = _gun(self._event, 0.0 if end_above_mev is None else _BEFORE_SHEET_MM)
        self._manager.SetUserAction(self._gun)
        # Fluorescence needs tables that are of no use to a calorimeter and not always installed.
        for command in ("/process/em/fluo false", "/process/em/verbose 0", "/run/verbose 0"):
            g4.G4UImanager.GetUIpointer().ApplyCommand(command)
        self._manager.Initialize()
        number = int(g4.G4VERSION_NUMBER)
        self.version = f"{number // 100}.{number // 10 % 10}.{number % 10}"

    @property
    def description(self) -> str:
        """Version and physics, as kept with the showers."""
        physics = f"G4EmStandardPhysics, production cut {PRODUCTION_CUT_MM} mm, no fluorescence"
        layers = self._construction.layers
        limit = layers and layers.max_photon_mev
        unasked = f", photons above {limit} MeV deposit nothing" if limit else ""
        return f"{self.version} {physics}{unasked}"

    def shoot(self, photons: Sequence[Photon], seed: int) -> Deposits:
        """Simulate one event; it depends on ``photons`` and ``seed``, not on earlier events."""
        self._event.photons = photons
        self._event.seed = seed
        del self._event.steps[:], self._event.entered[:]
        self._manager.BeamOn(1)
        steps = np.frombuffer(self._event.steps.tobytes(), dtype=np.float64).reshape(-1, 4)
        return Deposits(steps[:, 1:], steps[:, 0], tuple(self._event.entered))


def _construction(
    stack: Stack, active: Sequence[Any], event: _Event, end_above_mev: float | None
) -> Any:
    import geant4_pybind as g4

    class Construction(g4.G4VUserDetectorConstruction):
        def Construct(self) -> Any:
            return stack.world

        def ConstructSDandField(self) -> None:
            self.layers = self.entrance = None
            detectors = g4.G4SDManager.GetSDMpointer()
            if active:
                self.layers = ActiveLayers(active, event.steps)
                detectors.AddNewDetector(self.layers.detector)
            if end_above_mev is not None:
                self.entrance = Entrance(stack.entrance, end_above_mev, event.entered)
                detectors.AddNewDetector(self.entrance.detector)

    return Construction()


def _physics() -> Any:
    import geant4_pybind as g4

    physics = g4.G4VModularPhysicsList()
    physics.SetVerboseLevel(0)
    physics.RegisterPhysics(g4.G4EmStandardPhysics())
    physics.SetDefaultCutValue(PRODUCTION_CUT_MM * g4.mm)
    return physics


def _gun(event: _Event, before_mm: float) -> Any:
    import geant4_pybind as g4

    class PhotonGun(g4.G4VUserPrimaryGeneratorAction):
        def __init__(self) -> None:
            super().__init__()
            self.gun = g4.G4ParticleGun(1)
            self.gun.SetParticleByName("gamma")

        def GeneratePrimaries(self, g4_event: Any) -> None:
            g4.G4Random.setTheSeed(event.seed)
            for photon in event.photons:
                self.gun.SetParticleEnergy(photon.energy * g4.MeV)
                self.gun.SetParticlePosition(g4.G4ThreeVector(*photon.at(-before_mm)))
                self.gun.SetParticleMomentumDirection(g4.G4ThreeVector(*photon.direction))
                self.gun.GeneratePrimaryVertex(g4_event)

    return PhotonGun()
