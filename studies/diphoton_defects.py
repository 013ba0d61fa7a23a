"""Defects that leave every profile alone, and what two photons close together make of them.

Single Geant4 showers are split in halves: one stays as it is, the other is damaged so that the energy
in every ring of every layer, and the mean azimuth profile, stay what they were. Then both go through the
profiles and through the di-photon benchmark.

    python studies/diphoton_defects.py --detector CLD --singles singles_20GeV.h5 [--seed 1]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.compare import compare
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import MODEL, pair_table
from calobench.benchmarks.diphoton.singles import deal, read_singles
from calobench.detectors import load_detector
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.observables import all_observables, compute_features
from calobench.results.significance import ALPHA
from calobench.showers import Showers
from calobench.verdict.parts import part_level

Array = NDArray[np.float32]
Damage = Callable[[Array, np.random.Generator], Array]


def untouched(energy: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """Nothing: the null."""
    return energy


def neighbours_shuffled(energy: Array, rng: np.random.Generator) -> Array:
    """In every ring of every layer the cells change places: neighbours know nothing of each other."""
    order = rng.random(energy.shape).argsort(axis=2)
    return np.take_along_axis(energy, order, axis=2)


def hot_cells_aligned(energy: Array, rng: np.random.Generator) -> Array:
    """Every ring of every layer is turned so that its hottest cell points one way in all of a shower."""
    n, _, sectors, _ = energy.shape
    target = rng.integers(sectors, size=(n, 1, 1))
    return _turned(energy, energy.argmax(axis=2) - target)


def rings_turned(energy: Array, rng: np.random.Generator) -> Array:
    """Every ring of every layer is turned at random: neighbours in azimuth stay, the rest goes."""
    n, rings, sectors, layers = energy.shape
    return _turned(energy, rng.integers(sectors, size=(n, rings, layers)))


def _turned(energy: Array, turn: NDArray[np.intp]) -> Array:
    sectors = energy.shape[2]
    index = (np.arange(sectors)[None, None, :, None] + turn[:, :, None, :]) % sectors
    return np.take_along_axis(energy, index, axis=2)


def cores_smeared(energy: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    """The energy of the three inner rings is spread evenly in azimuth: no core off the axis."""
    smeared = energy.copy()
    smeared[:, :3] = energy[:, :3].mean(axis=2, keepdims=True)
    return smeared


DAMAGES: dict[str, Damage] = {
    "none": untouched,
    "neighbours shuffled in azimuth": neighbours_shuffled,
    "rings turned at random": rings_turned,
    "hot cells aligned": hot_cells_aligned,
    "cores smeared in azimuth": cores_smeared,
}


def main() -> None:
    """Print a Markdown table of p-values."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--singles", type=Path, required=True)
    parser.add_argument("--separation", type=float, nargs=2, default=None, metavar="MM")
    parser.add_argument("--replicas", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    detector = load_detector(options.detector)
    singles = read_singles(options.singles, detector).showers
    singles = singles[np.random.default_rng(options.seed).permutation(len(singles))]
    half = len(singles) // 2
    reference, other = singles[:half], singles[half : 2 * half]
    separation = None if options.separation is None else tuple(options.separation)
    chain = make_chain(
        DiphotonRequest(detector=detector, separation_mm=separation, seed=options.seed)
    )
    profiles = tuple(o for o in all_observables() if o.axis is not None)
    geant4_pairs = pair_table(deal([reference], 1), chain)
    geant4_table = compute_features(reference, detector, profiles)

    print(f"{detector.name}, {half} against {half} showers, seed {options.seed}; p-values\n")
    curves = [o for o in OBSERVABLES if o.always]
    heading = ["defect", *(o.name for o in profiles), *(f"di-photon {o.name}" for o in curves)]
    print("| " + " | ".join(heading) + " |\n|" + "---|" * len(heading))
    for name, damage in DAMAGES.items():
        rng = np.random.default_rng(np.random.SeedSequence((options.seed, 3)))
        damaged = Showers(damage(other.energy, rng), other.conditions)
        scored = evaluate(
            geant4_table,
            compute_features(damaged, detector, profiles),
            detector,
            profiles,
            paired=False,
            seed=np.random.SeedSequence(options.seed),
            bootstrap_replicas=options.replicas,
            permuted=options.replicas,
            level=part_level(ALPHA),
        )
        cells = [
            f"{next(s.p_value for s in result.scores if s.name == 'chi2'):.3f}"
            for result in scored.observables
        ]
        pairs = pair_table(deal([damaged], 1), chain, MODEL)
        for observable in curves:
            vectors = [t.vectors(observable.name, chain.bins) for t in (geant4_pairs, pairs)]
            comparison = compare(*vectors, replicas=options.replicas, rng=chain.rng(7))
            cells.append(f"{comparison.p_value:.3f} (T² {comparison.value:.1f})")
        print("| " + " | ".join([name, *cells]) + " |", flush=True)


if __name__ == "__main__":
    main()
