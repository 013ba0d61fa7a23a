r"""Full Geant4, Geant4 through the mesh, and Geant4 with a model inside: their readout cells side by side.

    calobench simulate --detector CLD -n 200 --energy 20 --theta 1.5707963 --phi 0 --readout --seed 8205 \
        --out full.h5
    calobench simulate --detector CLD -n 300 --energy 20 --theta 1.5707963 --phi 0 --readout --seed 8301 \
        --two-photons 0:30 --out pairs.h5
    python studies/geant4_fast_model.py --full full.h5 --full-pairs pairs.h5

Single photons: means of what the cells show. Two photons in one event: means of the reconstruction of
``calobench diphoton``. All three have the same cells, threshold and reconstruction. The events with the model
inside are simulated here, and so are 20 photons with and without it for their CPU times. The numbers go
into ``docs/results/geant4_inside.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mean_tables import mean_table, part

from calobench import load_model
from calobench.benchmarks.diphoton.direct import read_direct
from calobench.benchmarks.diphoton.events import overlay
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import direct_table
from calobench.benchmarks.diphoton.singles import deal, read_singles
from calobench.detectors import DetectorSpec, load_detector
from calobench.harness.provenance import processor
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import read_readout_events
from calobench.placement.artefact import readout_observables
from calobench.placement.place import place
from calobench.placement.readout import make_readout
from calobench.simulate import (
    FAST_ABOVE_MEV,
    FastModel,
    Production,
    fast_check,
    make_beam,
    produce,
)

__all__ = ["one_photon_table", "two_photons_table"]

COLUMNS = ("full Geant4", "through the mesh", "with the model")
PAIRS = ((2, 0), (2, 1))
MODEL_SEEDS = 11, 12
CHECK_SEED = 21
RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "geant4_inside.json"

Values = dict[str, np.ndarray]


def main() -> None:
    """Simulate with the model, measure, keep the numbers and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--model", default="distilled")
    parser.add_argument("--full", type=Path, required=True, help="single photons, readout cells")
    parser.add_argument("--full-pairs", type=Path, nargs="+", required=True, help="two photons")
    parser.add_argument("-n", type=int, default=300, help="events with the model, of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()

    detector = load_detector(options.detector)
    full = read_readout_events(options.full)
    energy_mev = float(full.truth.energies[0, 0])
    seeds = dict(zip(("one photon", "two photons"), MODEL_SEEDS, strict=True))
    inside = Inside(detector, options.model, energy_mev / 1000)
    with tempfile.TemporaryDirectory() as folder:
        fast, pairs = (Path(folder) / name for name in ("one.h5", "two.h5"))
        produce(inside.production(options.n, seeds["one photon"]), fast)
        produce(inside.production(options.n, seeds["two photons"], "0:30"), pairs)
        result = {
            "machine": processor(),
            "detector": detector.name,
            "model": options.model,
            "weights": load_model(options.model).info.weights_hash,
            "energy_mev": energy_mev,
            "seed": options.seed,
            "model_seeds": seeds,
            "one_photon": one_photon(detector, options.full, fast, options.seed),
            "two_photons": two_photons(
                DiphotonRequest(detector, (energy_mev, energy_mev), seed=options.seed),
                options.full,
                (options.full_pairs, [pairs]),
            ),
            "cost": inside.costs(CHECK_SEED),
        }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(one_photon_table(result), two_photons_table(result), result["cost"], sep="\n\n")


class Inside:
    """Simulations at a right angle, with the model inside Geant4 or without it.

    Args:
        detector: the detector.
        model: a model's name.
        energy_gev: of each photon.
    """

    def __init__(self, detector: DetectorSpec, model: str, energy_gev: float) -> None:
        self._detector, self._model, self._energy = detector, model, f"{energy_gev:g}"

    def production(
        self, n: int, seed: int, separation: str | None = None, *, fast: bool = True
    ) -> Production:
        """N events, as ``calobench simulate --readout`` makes them."""
        beam = make_beam(
            self._detector,
            self._energy,
            "1.5707963",
            "0",
            separation,
            spread_mm=make_readout(self._detector).pitch_mm[1],
        )
        inside = FastModel.of(self._model, self._detector, beam, FAST_ABOVE_MEV) if fast else None
        return Production(self._detector, beam, n, seed, readout=True, fast=inside)

    def costs(self, seed: int) -> dict[str, Any]:
        """CPU seconds per event of a fast check, with Geant4 alone and with the model inside."""
        measured = {}
        for name, fast in (("geant4", False), ("inside", True)):
            check = fast_check(self.production(1, seed, fast=fast))
            value, error = check.seconds
            measured[name] = {"value": value, "error": error}
        return {"photons": check.n, "seed": seed, "cpu_s": measured}


def one_photon(detector: DetectorSpec, full: Path, fast: Path, seed: int) -> dict[str, Any]:
    """Means of what the readout cells show."""
    readout = make_readout(detector)
    with LemursFile(full) as file:
        showers = file.read()
    events = read_readout_events(full)
    placed = place(showers, readout, events.truth.entrances[:, 0], seed=seed)
    samples = [events, placed, read_readout_events(fast)]
    values = [readout_observables(one, readout) for one in samples]
    rows = {
        f"{name}, {unit}" if unit else name: [_mean(one[name, unit]) for one in values]
        for name, unit in values[0]
    }
    counts = dict(zip(COLUMNS, map(len, samples), strict=True))
    return part(counts, rows, PAIRS)


def two_photons(
    request: DiphotonRequest, singles: Path, pairs: tuple[Sequence[Path], Sequence[Path]]
) -> dict[str, Any]:
    """Means of the reconstruction: full Geant4, its singles laid over each other, the model inside."""
    chain = make_chain(request)
    readout = chain.readout
    first, second = deal([read_singles(singles, readout.detector).showers], 1)[0]
    full, fast = (read_direct(list(paths), chain, request.energies_mev) for paths in pairs)
    # As many separations as there are pairs: each shower is used once, as in the other two samples.
    rng = chain.rng(9)
    low, high = chain.edges[[0, -1]]
    separation = low + (high - low) * rng.random(len(first))
    middle = read_readout_events(pairs[0][0]).truth.vertex
    events = overlay(
        first, second, readout, separation, middle[rng.integers(len(middle), size=len(first))],
        pair=np.arange(len(first)), method=chain.method, seed=request.seed,
    )  # fmt: skip
    through = direct_table(events, np.zeros(len(first), np.intp), chain)
    tables = [one.values for one in (full, through, fast) if one is not None]
    rows = {one.label: [_mean(table[one.name]) for table in tables] for one in OBSERVABLES}
    counts = [len(next(iter(table.values()))) for table in tables]
    return part(dict(zip(COLUMNS, counts, strict=True)), rows, PAIRS)


def one_photon_table(result: Mapping[str, Any]) -> str:
    """The first table in ``docs/geant4_inside.md``."""
    return mean_table(result["one_photon"])


def two_photons_table(result: Mapping[str, Any]) -> str:
    """The second one."""
    return mean_table(result["two_photons"])


def _mean(values: np.ndarray) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    return float(kept.mean()), float(kept.std(ddof=1) / np.sqrt(len(kept)))


if __name__ == "__main__":
    main()
