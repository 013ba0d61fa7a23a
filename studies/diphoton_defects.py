"""Defects that leave every profile alone, and what two photons close together make of them.

Single Geant4 showers are split in halves: one stays as it is, the other is damaged so that the energy
in every ring of every layer, and the mean azimuth profile, stay what they were. Then both go through the
profiles and through the di-photon benchmark.

    python studies/diphoton_defects.py --detector CLD

The p-values go into ``docs/results/diphoton_defects.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.compare import compare
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import MODEL, pair_table
from calobench.benchmarks.diphoton.singles import bundled_singles, deal, read_singles
from calobench.detectors import load_detector
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.observables import all_observables, compute_features
from calobench.results.significance import ALPHA
from calobench.showers import Showers
from calobench.verdict.parts import part_level

__all__ = ["DAMAGES", "defects_table"]

RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "diphoton_defects.json"
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
    """Measure, keep the p-values, and print a Markdown table of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--singles", type=Path, help="default: the bundled ones, 20 GeV")
    parser.add_argument("--separation", type=float, nargs=2, default=None, metavar="MM")
    parser.add_argument("--replicas", type=int, default=200)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    result = measure(options)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(defects_table(result))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """p-values of profiles and of curves of two photons, for each defect."""
    detector = load_detector(options.detector)
    path = options.singles or bundled_singles(detector, 20e3)
    singles = read_singles(path, detector).showers
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
    rows = []
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
        p_values = {
            profile.label: next(one.p_value for one in result.scores if one.name == "chi2")
            for profile, result in zip(profiles, scored.observables, strict=True)
        }
        pairs = pair_table(deal([damaged], 1), chain, MODEL)
        curves = {}
        for observable in OBSERVABLES:
            if observable.always:
                vectors = [t.vectors(observable.name, chain.bins) for t in (geant4_pairs, pairs)]
                comparison = compare(*vectors, replicas=options.replicas, rng=chain.rng(7))
                curves[observable.label] = {"p": comparison.p_value, "t2": comparison.value}
        rows.append({"defect": name, "profiles": p_values, "curves": curves})
    return {
        "detector": detector.name,
        "showers": half,
        "seed": options.seed,
        "replicas": options.replicas,
        "rows": rows,
    }


def defects_table(result: Mapping[str, Any]) -> str:
    """The table in ``docs/diphoton.md``: a row per quantity, a column per defect."""
    rows = result["rows"]
    lines = [
        f"| p-value | {' | '.join(row['defect'] for row in rows)} |",
        f"|---|{'--:|' * len(rows)}",
    ]
    for label in rows[0]["profiles"]:
        cells = [f"{row['profiles'][label]:.3f}" for row in rows]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    for label in rows[0]["curves"]:
        curves = [row["curves"][label] for row in rows]
        cells = [f"{one['p']:.3f} (T² {one['t2']:.1f})" for one in curves]
        lines.append(f"| **two photons: {label}** | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
