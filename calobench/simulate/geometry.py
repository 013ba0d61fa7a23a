"""The detector's Geant4 volumes and materials, from its YAML alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calobench.detectors import DetectorSpec
from calobench.errors import SpecError

__all__ = ["Stack", "build_stack"]

# Boxes this wide hold a shower at any angle of the barrel.
_WIDTH_MM = 2000.0
_SHEET_MM = 1.0


@dataclass(frozen=True)
class Stack:
    """A flat stack of layers behind the plane x = 0.

    Attributes:
        world: the physical volume of the world.
        active: logical volumes of the active layers.
        entrance: logical volume of the sheet before the face; None without one.
        keep: every other Geant4 object; Python must own them for as long as Geant4 uses them.
    """

    world: Any
    active: tuple[Any, ...]
    entrance: Any
    keep: tuple[Any, ...]


def build_stack(detector: DetectorSpec, *, sheet: bool = False) -> Stack:
    """Build the layers as boxes side by side, x outwards; Geant4 must be importable.

    Args:
        detector: its layers and materials.
        sheet: with a sheet of vacuum before them, from x = -1 mm to 0, in which what enters can be seen.

    Raises:
        SpecError: a material or chemical element is unknown to Geant4.
    """
    import geant4_pybind as g4

    world_solid = g4.G4Box("world", detector.depth_mm + 10, _WIDTH_MM / 2 + 10, _WIDTH_MM / 2 + 10)
    world_volume = g4.G4LogicalVolume(world_solid, _nist_material("G4_Galactic"), "world")
    world = g4.G4PVPlacement(None, g4.G4ThreeVector(), world_volume, "world", None, False, 0)

    materials = {name: _mixture(detector, name) for name in detector.materials}
    keep: list[Any] = [world_solid, world_volume, *materials.values()]
    active: list[Any] = []
    entrance = _entrance(world_volume, keep) if sheet else None
    face = 0.0
    for section in detector.sections:
        volumes = []
        for layer in section.layers:
            half = layer.thickness_mm / 2
            solid = g4.G4Box(layer.material, half, _WIDTH_MM / 2, _WIDTH_MM / 2)
            material = materials.get(layer.material) or _nist_material(layer.material)
            volumes.append(g4.G4LogicalVolume(solid, material, layer.material))
            keep += [solid, material]
        for period in range(section.periods):
            for layer, volume in zip(section.layers, volumes, strict=True):
                centre = g4.G4ThreeVector(face + layer.thickness_mm / 2, 0, 0)
                keep.append(
                    g4.G4PVPlacement(
                        None, centre, volume, layer.material, world_volume, False, period
                    )
                )
                face += layer.thickness_mm
        active += [v for v, layer in zip(volumes, section.layers, strict=True) if layer.active]
        keep += volumes
    return Stack(world, tuple(active), entrance, tuple(keep))


def _entrance(world: Any, keep: list[Any]) -> Any:
    import geant4_pybind as g4

    solid = g4.G4Box("entrance", _SHEET_MM / 2, _WIDTH_MM / 2, _WIDTH_MM / 2)
    volume = g4.G4LogicalVolume(solid, _nist_material("G4_Galactic"), "entrance")
    middle = g4.G4ThreeVector(-_SHEET_MM / 2, 0, 0)
    keep += [solid, g4.G4PVPlacement(None, middle, volume, "entrance", world, False, 0)]
    return volume


def _nist_material(name: str) -> Any:
    import geant4_pybind as g4

    material = g4.G4NistManager.Instance().FindOrBuildMaterial(name)
    if material is None:
        raise SpecError(
            f"Geant4 knows no material '{name}'; use a name of its NIST list (G4_Pb, G4_Si, ...) "
            "or define it under 'materials' in the detector's YAML"
        )
    return material


def _mixture(detector: DetectorSpec, name: str) -> Any:
    import geant4_pybind as g4

    recipe = detector.materials[name]
    total = sum(recipe.mass_fractions.values())
    density = recipe.density_g_cm3 * g4.g / g4.cm3
    material = g4.G4Material(name, density, len(recipe.mass_fractions))
    for symbol, fraction in recipe.mass_fractions.items():
        element = g4.G4NistManager.Instance().FindOrBuildElement(symbol)
        if element is None:
            raise SpecError(
                f"Geant4 knows no chemical element '{symbol}' (materials.{name}.mass_fractions); "
                "use symbols such as W, Si, O"
            )
        material.AddElementByMassFraction(element, fraction / total)
    return material
