"""The di-photon benchmark: two photons close together, from showers to scores."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from calobench._util.progress import Progress, SilentProgress
from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.comparison import compare_pairs
from calobench.benchmarks.diphoton.curves import EventTable
from calobench.benchmarks.diphoton.design import VERTEX_Z_MM
from calobench.benchmarks.diphoton.direct import read_direct
from calobench.benchmarks.diphoton.record import DiphotonResults, DiphotonSettings
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import single_table
from calobench.benchmarks.diphoton.singles import (
    Singles,
    bundled_singles,
    deal,
    generate_singles,
    pairs_a_seed,
    read_singles,
    single_conditions,
)
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError
from calobench.models.calls import model_info
from calobench.models.checks import check_model_covers
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.showers import Conditions

__all__ = ["Prepared", "prepare_diphoton", "run_diphoton"]

# Geant4's showers of which at least one must give a photon.
_LOOKED_AT = 50


@dataclass(frozen=True)
class Prepared:
    """A benchmark whose inputs were checked, before minutes are spent on showers.

    Attributes:
        request: what to run.
        model: generates the showers.
        chain: what happens to every event.
        singles: Geant4's showers of the first photon and, where its energy is another, of the second.
        direct: Geant4's own two-photon events, measured; None without.
    """

    request: DiphotonRequest
    model: ShowerModel
    chain: Chain
    singles: list[Singles]
    direct: EventTable | None

    def run(self, progress: Progress | None = None) -> DiphotonResults:
        """Generate single showers, overlay them, reconstruct and compare with Geant4.

        Raises:
            ModelError: the model returns something that is not showers.
        """
        progress = progress or SilentProgress()
        request, seeds = self.request, self.request.seeds
        direction = self.singles[0].showers.conditions
        photons = 2 // len(self.singles)
        n = photons * seeds * pairs_a_seed(request.n, seeds, self.chain.bins)
        with progress.stage("generate single showers", n * len(self.singles)) as advance:
            generated = [
                generate_singles(
                    self.model,
                    request.detector,
                    single_conditions(direction, one.energy, n),
                    np.random.SeedSequence((request.seed, 5, index)),
                    advance,
                )
                for index, one in enumerate(self.singles)
            ]
        comparison = compare_pairs(
            deal([one.showers for one in self.singles], seeds),
            deal([one.showers for one in generated], seeds),
            self.chain,
            direct=self.direct,
            replicas=request.replicas,
            progress=progress,
        )
        return comparison.results(
            self._settings(),
            self.singles[0].description,
            model_info(self.model).description,
            sha256=tuple(one.sha256 for one in self.singles),
            content_sha256=tuple(one.content_sha256 for one in self.singles),
            remarks=(
                *(remark for one in self.singles for remark in one.remarks),
                *(remark for one in generated for remark in one.rounded.remarks("model")),
            ),
        )

    def _settings(self) -> DiphotonSettings:
        spec = self.chain.reconstruction
        flat = {
            f"{part}.{name}": float(value)
            for part in ("layer", "link")
            for name, value in getattr(spec, part).model_dump().items()
        }
        return DiphotonSettings(
            energies_mev=self.request.energies_mev,
            edges_mm=tuple(self.chain.edges.tolist()),
            theta=float(self.singles[0].showers.conditions.theta[0]),
            phi=float(self.singles[0].showers.conditions.phi[0]),
            vertex_z_mm=VERTEX_Z_MM,
            placement=self.chain.method,
            threshold_mev=self.chain.threshold_mev,
            noise_mev=self.chain.readout.noise_mev,
            reconstruction={**flat, "min_energy_mev": spec.min_energy_mev},
            seed=self.request.seed,
            replicas=self.request.replicas,
            geometry_hash=self.request.detector.geometry_hash,
            readout_hash=_readout_hash(self.request.detector),
        )


def _readout_hash(detector: DetectorSpec) -> str:
    """SHA-256 of what turns energy on the mesh into cells, and that into an incident energy."""
    kept = detector.model_dump(mode="json", include={"readout", "sampling_fraction"})
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def prepare_diphoton(request: DiphotonRequest, model: ShowerModel) -> Prepared:
    """Read Geant4's showers and check everything that can be checked before showers are generated.

    Raises:
        SpecError: the detector has no readout or no reconstruction.
        ShowerFileError: no single showers of Geant4, or unusable ones.
        ConditionsError: energies outside the model's range, separations that are no range or larger than
            the readout, too few showers, none of Geant4's photons is found.
        ModelError: the model does not know the detector.
        UnknownNameError: there is no such placement.
    """
    info = model_info(model)
    chain = make_chain(request)
    pairs_a_seed(request.n, request.seeds, chain.bins)
    if not request.reference:
        # Bundled showers are at a right angle; those that no model covers need not be missed.
        energies = np.array(request.energies_mev)
        direction = Conditions(energies, np.full(2, np.pi / 2), np.zeros(2))
        remedy = _remedy(info, request.energies_mev)
        check_model_covers(info, request.detector, direction, remedy)
    singles = _geant4(request)
    direction = singles[0].showers.conditions
    for one in singles:
        check_model_covers(info, request.detector, single_conditions(direction, one.energy, 1))
    deal([one.showers for one in singles], request.seeds)
    _require_photons(singles, chain)
    return Prepared(
        request, model, chain, singles, read_direct(request.direct, chain, request.energies_mev)
    )


def run_diphoton(
    request: DiphotonRequest, model: ShowerModel, progress: Progress | None = None
) -> DiphotonResults:
    """:func:`prepare_diphoton` and :meth:`Prepared.run` in one."""
    return prepare_diphoton(request, model).run(progress)


def _remedy(info: ModelInfo, energies_mev: tuple[float, float]) -> str:
    """The remedy where the model does not cover bundled showers of these energies."""
    low, high = info.energy_range_mev or (0.0, np.inf)
    if low <= min(energies_mev) and max(energies_mev) <= high:
        return "give showers inside that range with --reference"
    first, second = (energy / 1000 for energy in energies_mev)
    inside = f"{low / 1000:g}:{high / 1000:g} GeV"
    return f"choose --energies inside {inside} instead of {first:g},{second:g}"


def _require_photons(singles: list[Singles], chain: Chain) -> None:
    """Refuse a set-up in which no photon is reconstructed: any model would agree with Geant4."""
    some = [one.showers[:_LOOKED_AT] for one in singles]
    if not any(single_table(showers, chain).photons.any() for showers in some):
        raise ConditionsError(
            f"none of Geant4's first {len(some[0])} photons is found with a threshold of "
            f"{chain.threshold_mev:g} MeV per cell; give a smaller --threshold, photons of more energy, "
            "or other parameters of the reconstruction"
        )


def _geant4(request: DiphotonRequest) -> list[Singles]:
    detector, energies = request.detector, request.energies_mev
    needed = energies[:1] if energies[0] == energies[1] else energies
    paths = request.reference or tuple(bundled_singles(detector, e) for e in needed)
    samples = [read_singles(path, detector, request.reading) for path in paths]
    chosen = []
    for energy in needed:
        fitting = [one for one in samples if abs(one.energy - energy) < 1e-3 * energy]
        if not fitting:
            have = ", ".join(f"{one.energy / 1000:g}" for one in samples)
            raise ConditionsError(
                f"no single Geant4 showers of {energy / 1000:g} GeV: --reference has {have} GeV; give "
                "a file for each energy"
            )
        chosen.append(fitting[0])
    return chosen
