"""A few showers of a trained file, before it is benchmarked: does it work, and in which unit?

The closure of the energy decides the unit: visible over incident energy must be one that a calorimeter can
have, and hardly depend on the energy.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, ModelError
from calobench.models.files.convention import UNITS, Convention, inputs_of, visible
from calobench.models.files.graph import Graph
from calobench.models.seed import Seed
from calobench.showers import Conditions

__all__ = ["Closure", "examine"]

_SHOWERS = 4
"""Of each of two energies."""
# Visible over incident energy: from a quarter of Geant4's to twice what went in.
_LOW, _HIGH = 0.25, 2.0
# Of one unit it changes by less between the two energies; a wrong one by the ratio of the energies.
_FLAT = 3.0
_SEED = 20240519


class Closure(NamedTuple):
    """The energy closure of the unit that was decided for.

    Attributes:
        unit: of the output.
        energies_gev: where it was measured.
        response: visible over incident energy there.
        expected: Geant4's.
    """

    unit: str
    energies_gev: tuple[float, float]
    response: tuple[float, float]
    expected: float

    def words(self) -> str:
        """One line for people."""
        (low, high), (first, second) = self.energies_gev, self.response
        return (
            f"the unit of the output is taken to be {_called(self.unit)}, from the energy closure: visible / "
            f"incident energy is {first:.3g} at {low:.3g} GeV and {second:.3g} at {high:.3g} GeV, Geant4 has "
            f"{self.expected:.3g}; --model-arg unit={self.unit} states it"
        )


def examine(graph: Graph, convention: Convention, detector: DetectorSpec, path: Path) -> Closure:
    """Check that a graph makes showers that differ, and decide the unit.

    Args:
        graph: the graph.
        convention: what is known; a unit that is stated is not decided.
        detector: gives mesh, ranges, slot and sampling fraction.
        path: of the file, for messages.

    Raises:
        MeshMismatchError: it makes another number of cells.
        ModelError: its numbers are not finite; it ignores its input or repeats itself; no unit, or more than
            one, gives a closure that a calorimeter can have.
    """
    energies = _energies(detector)
    low, high = (_run(graph, convention, detector, energy) for energy in energies)
    _require_mesh(low.shape[1:], detector, path)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ModelError(
            f"{path} returns NaN or infinite energies; check that its weights are those that were trained"
        )
    if not (low.any() or high.any()):
        raise ModelError(
            f"{path} makes empty showers for {detector.name}, slot {_slot(convention, detector)}; give "
            "the detector that it was made for, or --model-arg slot=0 to 4"
        )
    if np.array_equal(low, high):
        raise ModelError(
            f"{path} ignores its input: photons of {energies[0] / 1e3:.3g} and {energies[1] / 1e3:.3g} GeV "
            "give the same showers; the conditions were frozen when it was traced: export it again"
        )
    if np.array_equal(low, np.broadcast_to(low[:1], low.shape)):
        raise ModelError(
            f"{path} repeats itself: all showers of one condition are the same; its noise was frozen when it "
            "was traced (torch.normal becomes a constant): draw it with torch.randn and export it again"
        )
    return _closure(low, high, energies, convention, detector, path)


def _require_mesh(made: tuple[int, ...], detector: DetectorSpec, path: Path) -> None:
    mesh = detector.mesh_geometry.shape
    if math.prod(made) != math.prod(mesh):
        raise MeshMismatchError(
            f"{path} makes {math.prod(made)} cells, {detector.name} has {math.prod(mesh)} {mesh}; use a "
            "detector with as many cells"
        )
    if len(made) == len(mesh) and made != mesh:
        raise MeshMismatchError(
            f"{path} returns {made} cells; the order is ring, azimuth, depth {mesh}: permute its output"
        )


def _closure(
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    energies: tuple[float, float],
    convention: Convention,
    detector: DetectorSpec,
    path: Path,
) -> Closure:
    pairs = (
        visible(raw, np.full(len(raw), energy))
        for raw, energy in zip((low, high), energies, strict=True)
    )
    first, second = ({unit: float(r.mean()) for unit, r in of.items()} for of in pairs)
    expected = detector.sampling_fraction
    possible = {
        unit: abs(math.log(second[unit] / first[unit]))
        for unit in UNITS
        if all(_LOW * expected <= r[unit] <= _HIGH for r in (first, second))
    }
    flat = [unit for unit, slope in possible.items() if slope < math.log(_FLAT)]
    if convention.unit is None and len(flat) != 1:
        told = ", ".join(f"{first[u]:.2g} and {second[u]:.2g} in {_called(u)}" for u in UNITS)
        raise ModelError(
            f"the unit of {path.name} cannot be told: visible / incident energy would be {told} "
            f"at {energies[0] / 1e3:.3g} and {energies[1] / 1e3:.3g} GeV, Geant4 has {expected:.2g}; "
            f"state it with --model-arg unit={'|'.join(UNITS)}, or check --detector and slot"
        )
    unit = convention.unit or flat[0]
    gev = (energies[0] / 1e3, energies[1] / 1e3)
    return Closure(unit, gev, (first[unit], second[unit]), expected)


def _energies(detector: DetectorSpec) -> tuple[float, float]:
    """Two energies well inside the range, MeV."""
    low, high = (math.log(energy) for energy in detector.energy_range_mev)
    first, second = (float(f"{math.exp(low + f * (high - low)):.2g}") for f in (0.2, 0.8))
    return first, second


def _run(
    graph: Graph, convention: Convention, detector: DetectorSpec, energy: float
) -> NDArray[np.float32]:
    theta = min(max(np.pi / 2, detector.theta_range[0]), detector.theta_range[1])
    conditions = Conditions(np.full(_SHOWERS, energy), np.full(_SHOWERS, theta), np.zeros(_SHOWERS))
    return graph.run(inputs_of(conditions, _slot(convention, detector)), Seed(_SEED))


def _slot(convention: Convention, detector: DetectorSpec) -> int:
    return detector.one_hot_slot if convention.slot is None else convention.slot


def _called(unit: str) -> str:
    return "a fraction of the incident energy" if unit == "fraction" else unit
