"""A request to the di-photon benchmark, and the chain that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.design import VERTEX_Z_MM, separation_edges
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError, SpecError, UnknownNameError
from calobench.io.reading import UNDECLARED, Reading
from calobench.placement.readout import make_readout
from calobench.placement.sampling import DEFAULT_METHOD, METHODS

__all__ = ["DiphotonRequest", "make_chain"]


@dataclass(frozen=True)
class DiphotonRequest:
    """Request: what to run.

    Attributes:
        detector: with readout and reconstruction in its YAML.
        energies_mev: of the two photons.
        separation_mm: range of the true separation; None takes 30 mm, or six cells
            where that is fewer than five.
        seeds: independent samples that give the band.
        n: two-photon events of the model, in all.
        reference: files of single Geant4 showers, one or one for each energy; none for the bundled ones.
        direct: files of Geant4's own two-photon events with readout cells, a seed each.
        method: how energy is spread within a cell of the mesh.
        threshold_mev: of a cell; None for the readout's own.
        seed: of everything random.
        replicas: of bootstrap, null and permutations.
        reading: what is known beforehand of the files of ``reference``.
    """

    detector: DetectorSpec
    energies_mev: tuple[float, float] = (20e3, 20e3)
    separation_mm: tuple[float, float] | None = None
    seeds: int = 3
    n: int = 3000
    reference: tuple[Path, ...] = ()
    direct: tuple[Path, ...] = ()
    method: str = DEFAULT_METHOD
    threshold_mev: float | None = None
    seed: int = 1
    replicas: int = 200
    reading: Reading = UNDECLARED


def make_chain(request: DiphotonRequest) -> Chain:
    """Everything between the mesh and the curves, as the detector's YAML says.

    Raises:
        SpecError: the detector has no readout or no reconstruction.
        ConditionsError: separations that are no range, or larger than the readout; a negative threshold.
        UnknownNameError: there is no such placement.
    """
    detector = request.detector
    readout = make_readout(detector)
    if detector.reconstruction is None:
        raise SpecError(
            f"{detector.name} has no reconstruction; add a block 'reconstruction' to its YAML as in "
            "data_specs/detectors/FCCeeCLD.yaml"
        )
    cell = readout.pitch_mm[1]
    low, high = request.separation_mm or (0.0, 30.0 if 5 * cell <= 30 else 6 * cell)
    # First, as a range without end has no bins.
    if high / 2 + VERTEX_Z_MM > readout.half_length_mm:
        raise ConditionsError(
            f"photons {high:g} mm apart do not fit on the readout, which is "
            f"{2 * readout.half_length_mm:g} mm long; give a smaller --separation"
        )
    edges = separation_edges(low, high, cell)
    if request.method not in METHODS:
        raise UnknownNameError("method of placement", request.method, METHODS)
    threshold = readout.threshold_mev if request.threshold_mev is None else request.threshold_mev
    if not threshold >= 0:
        raise ConditionsError(f"the threshold is {threshold:g} MeV; give zero or more")
    return Chain(readout, detector.reconstruction, edges, request.method, threshold, request.seed)
