"""The di-photon benchmark: two photons close together, from showers to scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.diphoton.comparison import compare_pairs
from calobench.diphoton.curves import EventTable
from calobench.diphoton.design import VERTEX_Z_MM, separation_edges
from calobench.diphoton.sample import Chain, direct_table
from calobench.diphoton.singles import (
    Singles,
    bundled_singles,
    deal,
    generate_singles,
    read_singles,
)
from calobench.errors import ConditionsError, SpecError
from calobench.harness.progress import Progress, SilentProgress
from calobench.io.readout_cells import read_readout_events
from calobench.models.protocol import ShowerModel
from calobench.placement.events import ReadoutEvents
from calobench.placement.readout import make_readout
from calobench.placement.sampling import DEFAULT_METHOD
from calobench.results.diphoton import DiphotonResults, DiphotonSettings

__all__ = ["DiphotonRequest", "make_chain", "run_diphoton"]


@dataclass(frozen=True)
class DiphotonRequest:
    """What to run.

    Attributes:
        detector: with readout and reconstruction in its YAML.
        energies_mev: of the two photons.
        separation_mm: range of the true separation; None takes 30 mm, or six cells where they are larger.
        seeds: independent samples that give the band.
        n: two-photon events of the model, in all.
        reference: files of single Geant4 showers, one or one for each energy; none for the bundled ones.
        direct: files of Geant4's own two-photon events with readout cells, a seed each.
        method: how energy is spread within a cell of the mesh.
        threshold_mev: of a cell; None for the readout's own.
        seed: of everything random.
        replicas: of bootstrap, null and permutations.
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


def run_diphoton(
    request: DiphotonRequest, model: ShowerModel, progress: Progress | None = None
) -> DiphotonResults:
    """Generate single showers, overlay them, reconstruct and compare with Geant4.

    Raises:
        SpecError: the detector has no readout or no reconstruction.
        ShowerFileError: no single showers of Geant4, or unusable ones.
        ConditionsError: energies outside the model's range, separations that are no range or larger than
            the readout, too few showers.
        ModelError: the model does not know the detector, or returns something that is not showers.
    """
    progress = progress or SilentProgress()
    chain = make_chain(request)
    singles = _geant4(request)
    bins = chain.bins
    pairs = -(-request.n // (request.seeds * bins))
    like = singles[0].showers.conditions
    equal = request.energies_mev[0] == request.energies_mev[1]
    each = request.seeds * pairs
    with progress.stage("generate single showers", 2 * each) as advance:
        generated = [
            generate_singles(
                model,
                request.detector,
                like,
                energy,
                2 * each if equal else each,
                np.random.SeedSequence((request.seed, 5, index)),
                advance,
            )
            for index, energy in enumerate(request.energies_mev[: 1 if equal else 2])
        ]
    geant4 = [one.showers for one in singles]
    dealt = [
        deal(showers[0], None if equal else showers[1], request.seeds)
        for showers in (geant4, generated)
    ]
    direct = _direct(request.direct, chain)
    found = compare_pairs(
        dealt[0], dealt[1], chain, direct=direct, replicas=request.replicas, progress=progress
    )
    settings = _settings(request, chain, float(like.theta[0]), float(like.phi[0]))
    return found.results(settings, singles[0].description, model.info.description)


def make_chain(request: DiphotonRequest) -> Chain:
    """Everything between the mesh and the curves, as the detector's YAML says.

    Raises:
        SpecError: the detector has no readout or no reconstruction.
        ConditionsError: separations that are no range, or larger than the readout.
    """
    detector = request.detector
    readout = make_readout(detector)
    if detector.reconstruction is None:
        raise SpecError(
            f"{detector.name} has no reconstruction; add a block 'reconstruction' to its YAML as in "
            "data_specs/detectors/FCCeeCLD.yaml"
        )
    cell = readout.pitch_mm[1]
    low, high = request.separation_mm or (0.0, max(30.0, 6 * cell))
    edges = separation_edges(low, high, cell)
    if high / 2 + VERTEX_Z_MM > readout.half_length_mm:
        raise ConditionsError(
            f"photons {high:g} mm apart do not fit on the readout, which is "
            f"{2 * readout.half_length_mm:g} mm long; give a smaller --separation"
        )
    threshold = readout.threshold_mev if request.threshold_mev is None else request.threshold_mev
    return Chain(readout, detector.reconstruction, edges, request.method, threshold, request.seed)


def _geant4(request: DiphotonRequest) -> list[Singles]:
    detector, energies = request.detector, request.energies_mev
    needed = energies[:1] if energies[0] == energies[1] else energies
    paths = request.reference or tuple(bundled_singles(detector, e) for e in needed)
    found = [read_singles(path, detector) for path in paths]
    wanted = []
    for energy in needed:
        fitting = [one for one in found if abs(one.energy - energy) < 1e-3 * energy]
        if not fitting:
            have = ", ".join(f"{one.energy / 1000:g}" for one in found)
            raise ConditionsError(
                f"no single Geant4 showers of {energy / 1000:g} GeV: --reference has {have} GeV; give "
                "a file for each energy"
            )
        wanted.append(fitting[0])
    return wanted


def _direct(paths: tuple[Path, ...], chain: Chain) -> EventTable | None:
    if not paths:
        return None
    events = [read_readout_events(path) for path in paths]
    seeds = np.repeat(np.arange(len(events)), [len(one) for one in events])
    return direct_table(ReadoutEvents.concatenate(events), seeds, chain)


def _settings(request: DiphotonRequest, chain: Chain, theta: float, phi: float) -> DiphotonSettings:
    spec = chain.reconstruction
    flat = {
        f"{part}.{name}": float(value)
        for part in ("layer", "link")
        for name, value in getattr(spec, part).model_dump().items()
    }
    return DiphotonSettings(
        energies_mev=request.energies_mev,
        edges_mm=tuple(chain.edges.tolist()),
        theta=theta,
        phi=phi,
        vertex_z_mm=VERTEX_Z_MM,
        placement=chain.method,
        threshold_mev=chain.threshold_mev,
        noise_mev=chain.readout.noise_mev,
        reconstruction={**flat, "min_energy_mev": spec.min_energy_mev},
        seed=request.seed,
        replicas=request.replicas,
    )
