r"""Are single showers laid over each other the same as two photons in one event?

Geant4's own two-photon events in readout cells are compared with single showers laid over each other: in the
cells themselves, moved by whole cells, and through the mesh of the models, moved by the exact distance. Both
go through the reconstruction; means over all bins of separation with their errors.

    calobench simulate --detector CLD -n 800 --energy 20 --theta 1.5707963 --phi 0 --readout --seed 8204 \
        --out singles_readout.h5
    calobench simulate --detector CLD -n 300 --energy 20 --theta 1.5707963 --phi 0 --readout --seed 8301 \
        --two-photons 0:30 --out pairs.h5
    python studies/diphoton_overlay.py --singles singles_readout.h5 --direct pairs.h5 [--direct ...]

The numbers go into ``docs/results/diphoton_overlay.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mean_tables import mean_table, part

from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.direct import read_direct
from calobench.benchmarks.diphoton.events import in_line, overlay_cells
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import pair_table
from calobench.benchmarks.diphoton.singles import deal, read_singles
from calobench.detectors import load_detector
from calobench.io.readout_cells import read_readout_events

__all__ = ["overlay_table"]

Vectors = dict[str, np.ndarray]
RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "diphoton_overlay.json"


def main() -> None:
    """Measure, keep the numbers, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--energy", type=float, default=20.0, help="of each photon, GeV")
    parser.add_argument("--singles", type=Path, required=True)
    parser.add_argument("--direct", type=Path, action="append", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()

    energies = (options.energy * 1000, options.energy * 1000)
    request = DiphotonRequest(load_detector(options.detector), energies, seed=options.seed)
    chain = make_chain(request)
    own = read_direct(options.direct, chain, energies)
    if own is None:
        raise SystemExit("no two-photon events")
    showers = read_singles(options.singles, chain.readout.detector).showers
    mesh = pair_table(deal([showers], 1), chain)
    pairs, moved = _in_cells(options.singles, chain)
    rows = {}
    for observable in OBSERVABLES:
        name = observable.name
        overlaid = (moved[name], mesh.values[name].reshape(-1, chain.bins))
        rows[observable.label] = [
            _mean(own.values[name][:, None], np.ones(1)),
            *(_mean(values, np.diff(chain.edges)) for values in overlaid),
        ]
    columns = {
        "in one event": len(own.pair),
        "in the cells": pairs,
        "through the mesh": len(mesh.pair) // chain.bins,
    }
    result = {
        "detector": chain.readout.detector.name,
        "seed": options.seed,
        "energy_mev": energies[0],
        "means": part(columns, rows, ((1, 0), (2, 0))),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(overlay_table(result))


def overlay_table(result: Mapping[str, Any]) -> str:
    """The table in ``docs/diphoton.md``."""
    return mean_table(result["means"])


def _in_cells(path: Path, chain: Chain) -> tuple[int, Vectors]:
    """Singles in cells laid over each other, once in every bin; observables, name to (P, K)."""
    events = read_readout_events(path)
    half = len(events) // 2
    first, second = events[:half], events[half : 2 * half]
    second = second[in_line(first, second, chain.readout)]
    rng = chain.rng(9)
    columns = []
    for low, high in zip(chain.edges[:-1], chain.edges[1:], strict=True):
        separation = low + (high - low) * rng.random(half)
        both = overlay_cells(first, second, chain.readout, separation)
        columns.append(chain.measure(chain.read_out(both, 9)))
    names = columns[0]
    return half, {n: np.stack([column[n] for column in columns], axis=1) for n in names}


def _mean(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean over separation and its error: rows are independent of each other, their entries are not.

    Args:
        values: (P, K); NaN where not defined.
        weights: of the bins, (K,).
    """
    weight = np.where(np.isfinite(values), weights, 0.0)
    mean = (weight * np.nan_to_num(values)).sum() / weight.sum()
    pulls = (weight * np.nan_to_num(values - mean)).sum(axis=1)
    return float(mean), float(np.sqrt((pulls**2).sum()) / weight.sum())


if __name__ == "__main__":
    main()
