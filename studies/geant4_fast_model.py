r"""Full Geant4, Geant4 through the mesh, and Geant4 with a model inside: their readout cells side by side.

    calobench simulate --detector CLD -n 300 --energy 20 --theta 1.570796 --phi 0 --readout \
        --fast-model distilled --out fast.h5
    python studies/geant4_fast_model.py --detector CLD --full full.h5 --fast fast.h5 \
        [--full-pairs pairs.h5 ... --fast-pairs fast_pairs.h5 ...]

Single photons: means of what the cells show. Two photons in one event (``--two-photons``): means of what the
reconstruction of ``calobench diphoton`` finds. All three have the same cells, threshold and reconstruction.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from calobench.benchmarks.diphoton.direct import read_direct
from calobench.benchmarks.diphoton.events import overlay
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import direct_table
from calobench.benchmarks.diphoton.singles import deal, read_singles
from calobench.detectors import load_detector
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import read_readout_events
from calobench.placement.artefact import readout_observables
from calobench.placement.place import place
from calobench.placement.readout import make_readout

_COLUMNS = ("full Geant4", "Geant4 through the mesh", "Geant4 with the model")
Values = dict[str, np.ndarray]


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--full", type=Path, required=True)
    parser.add_argument("--fast", type=Path, required=True)
    parser.add_argument("--full-pairs", type=Path, nargs="*", default=[])
    parser.add_argument("--fast-pairs", type=Path, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    detector = load_detector(options.detector)
    readout = make_readout(detector)
    full, fast = (read_readout_events(path) for path in (options.full, options.fast))
    with LemursFile(options.full) as file:
        showers = file.read()
    placed = place(showers, readout, full.truth.entrances[:, 0], seed=options.seed)
    samples = [
        {
            f"{name}, {unit}" if unit else name: values
            for (name, unit), values in readout_observables(events, readout).items()
        }
        for events in (full, placed, fast)
    ]
    _print("one photon", [len(events) for events in (full, placed, fast)], samples, samples[0])
    if not options.full_pairs:
        return
    energies = (float(full.truth.energies[0, 0]),) * 2
    chain = make_chain(DiphotonRequest(detector, energies, seed=options.seed))
    first, second = deal([read_singles(options.full, detector).showers], 1)[0]
    pairs = [
        read_direct(paths, chain, energies) for paths in (options.full_pairs, options.fast_pairs)
    ]
    # As many separations as there are pairs: each shower is used once, as in the other two samples.
    rng = chain.rng(9)
    low, high = chain.edges[[0, -1]]
    separation = low + (high - low) * rng.random(len(first))
    middle = read_readout_events(options.full_pairs[0]).truth.vertex
    events = overlay(
        first, second, readout, separation, middle[rng.integers(len(middle), size=len(first))],
        pair=np.arange(len(first)), method=chain.method, seed=options.seed,
    )  # fmt: skip
    through = direct_table(events, np.zeros(len(first), np.intp), chain)
    tables = [table.values for table in (pairs[0], through, pairs[1]) if table is not None]
    labels = {observable.name: observable.label for observable in OBSERVABLES}
    counts = [len(next(iter(values.values()))) for values in tables]
    _print("two photons", counts, tables, labels, labels)


def _print(
    title: str,
    counts: Iterable[int],
    samples: list[Values],
    names: Iterable[str],
    labels: dict[str, str] | None = None,
) -> None:
    heads = [f"{name} (N = {n})" for name, n in zip(_COLUMNS, counts, strict=True)]
    heads += ["model - full, sigma", "model - mesh, sigma"]
    print(f"| {title} | " + " | ".join(heads) + " |\n|---|--:|--:|--:|--:|--:|")
    for name in names:
        means = [_mean(values[name]) for values in samples]
        label = (labels or {}).get(name, name)
        columns = [f"{mean:.4g} ± {error:.1g}" for mean, error in means]
        columns += [f"{_apart(means[2], other):+.1f}" for other in means[:2]]
        print(f"| {label} | " + " | ".join(columns) + " |")
    print()


def _apart(first: tuple[float, float], second: tuple[float, float]) -> float:
    return float((first[0] - second[0]) / np.hypot(first[1], second[1]))


def _mean(values: np.ndarray) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    return float(kept.mean()), float(kept.std(ddof=1) / np.sqrt(len(kept)))


if __name__ == "__main__":
    main()
