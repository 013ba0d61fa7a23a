"""Radiation length, critical energy and Moliere radius of a sampling calorimeter, from its layers.

The mixture of hep-ex/0001020, section 4: elements are weighted by their mass in the stack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calobench import errors
from calobench.detectors import DetectorSpec

__all__ = ["Medium", "medium_of"]

# Atomic number and relative atomic mass.
_ELEMENTS = {
    "H": (1, 1.008), "C": (6, 12.011), "N": (7, 14.007), "O": (8, 15.999), "Al": (13, 26.982),
    "Si": (14, 28.085), "Cl": (17, 35.45), "Ar": (18, 39.948), "Cr": (24, 51.996), "Fe": (26, 55.845),
    "Ni": (28, 58.693), "Cu": (29, 63.546), "Br": (35, 79.904), "W": (74, 183.84), "Pb": (82, 207.2),
}  # fmt: skip

# Density in g/cm3 and mass fractions of materials of Geant4's NIST list.
_NIST: dict[str, tuple[float, dict[str, float]]] = {
    "G4_AIR": (0.00120479, {"N": 0.755, "O": 0.232, "Ar": 0.013}),
    "G4_Al": (2.699, {"Al": 1}),
    "G4_Cu": (8.96, {"Cu": 1}),
    "G4_Fe": (7.874, {"Fe": 1}),
    "G4_Pb": (11.35, {"Pb": 1}),
    "G4_POLYSTYRENE": (1.06, {"C": 0.9226, "H": 0.0774}),
    "G4_STAINLESS-STEEL": (8.0, {"Fe": 0.7462, "Cr": 0.169, "Ni": 0.0848}),
    "G4_Si": (2.33, {"Si": 1}),
    "G4_W": (19.3, {"W": 1}),
    "G4_lAr": (1.396, {"Ar": 1}),
}

_SCALE_ENERGY_MEV = 21.2


@dataclass(frozen=True)
class Medium:
    """Properties of a calorimeter that an electromagnetic shower depends on.

    Attributes:
        radiation_length_mm: effective radiation length.
        critical_energy_mev: effective critical energy, after Rossi.
        moliere_radius_mm: effective Moliere radius.
    """

    radiation_length_mm: float
    critical_energy_mev: float
    moliere_radius_mm: float


def medium_of(detector: DetectorSpec) -> Medium:
    """The effective medium of a detector.

    Radiation lengths are those of Dahl's fit, X0 = 716.4 A / (Z (Z + 1) ln(287 / sqrt(Z))) g/cm2, within
    2.5 %; critical energies E_c = 2.66 MeV (X0 Z / A)^1.1.

    Raises:
        ModelError: a material or an element is not in the tables of this module.
    """
    mass: dict[str, float] = {}  # of each element in the whole stack, g/cm2
    for section in detector.sections:
        for layer in section.layers:
            density, fractions = _recipe(detector, layer.material)
            area = section.periods * layer.thickness_mm / 10 * density / sum(fractions.values())
            for symbol, fraction in fractions.items():
                mass[symbol] = mass.get(symbol, 0) + area * fraction
    if unknown := sorted(mass.keys() - _ELEMENTS.keys()):
        raise errors.ModelError(
            f"gflash knows no element '{unknown[0]}' of detector {detector.name}; "
            "add it to calobench_gflash/material.py"
        )
    weight = np.array(list(mass.values())) / sum(mass.values())
    z, a = np.array([_ELEMENTS[symbol] for symbol in mass]).T
    length = 716.4 * a / (z * (z + 1) * np.log(287 / np.sqrt(z)))
    loss = 2.66 * (length * z / a) ** 1.1 / length  # E_c / X0 of each element
    density = sum(mass.values()) / (detector.depth_mm / 10)
    effective = 1 / float(weight @ (1 / length))
    mean_loss = float(weight @ loss)
    return Medium(
        radiation_length_mm=10 * effective / density,
        critical_energy_mev=effective * mean_loss,
        moliere_radius_mm=10 * _SCALE_ENERGY_MEV / mean_loss / density,
    )


def _recipe(detector: DetectorSpec, name: str) -> tuple[float, dict[str, float]]:
    if name in detector.materials:
        mixture = detector.materials[name]
        return mixture.density_g_cm3, dict(mixture.mass_fractions)
    if name not in _NIST:
        raise errors.ModelError(
            f"gflash knows no material '{name}' of detector {detector.name}; "
            "add it to calobench_gflash/material.py, or define it under 'materials' in the YAML"
        )
    return _NIST[name]
