"""What does the network on the cells tell a model's showers from Geant4's by? Its area with parts put right.

    python studies/cell_network.py
    python studies/claims.py --write

Showers of ``distilled`` have the conditions and the marginals of the reference of ALLEGRO, so that only the
cells can differ; areas are those of the network of ``calobench run --with cells``, in three folds. Writes
``docs/results/cells.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from calobench.benchmarks.cells.images import incident_columns, log_image
from calobench.benchmarks.cells.network import CellNetwork
from calobench.detectors import load_detector
from calobench.io import open_showers
from calobench.io.reading import Reading
from calobench.resources import data_specs_dir
from calobench.showers import Conditions
from reference_models.calibration.fit import radial_correlation
from reference_models.calibration.run import calibrate
from reference_models.calibration.tables import Calibration
from reference_models.edm_model import EdmModel
from reference_models.marginals.sums import sums_of
from reference_models.training.dataset import Sample, conditions_of
from reference_models.training.files import read_samples, training_files
from reference_models.variants import weights_file
from reference_models.weights_io import WEIGHTS_DIR

__all__ = ["RESULT", "cells_table"]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "cells.json"
ALLEGRO = load_detector("ALLEGRO")
FOLDS, SEED, FEW = 3, 5, 1000

Cells = NDArray[np.float32]


class Side(NamedTuple):
    """Showers with their incident particles; fold by number of the condition."""

    cells: Cells
    conditions: Conditions


def cells_table(result: Mapping[str, Any]) -> str:
    """One row per change, for docs/models.md."""
    lines = [
        f"| against {result['showers']:,} showers of Geant4 | area of the network |",
        "|---|--:|",
    ]
    for name, area in result["areas"].items():
        lines.append(f"| {name} | {area['value']:.3f} ± {area['error']:.3f} |")
    return "\n".join(lines)


def area(reference: Side, other: Side) -> dict[str, float]:
    """Mean area under the ROC curve over the folds, and its error by their scatter.

    Showers of one number are in one fold: those of one condition, where both samples have the same.
    """
    images = log_image(np.concatenate([reference.cells, other.cells]))
    sides = (reference, other)
    incident = np.concatenate([incident_columns(s.conditions, ALLEGRO.staves) for s in sides])
    is_model = np.repeat([False, True], [len(s.cells) for s in sides])
    fold_of = np.random.default_rng(SEED).permutation(max(len(s.cells) for s in sides)) % FOLDS
    fold = np.concatenate([fold_of[: len(s.cells)] for s in sides])
    areas = []
    for k in range(FOLDS):
        train, judged = fold != k, fold == k
        network = CellNetwork(images[train], incident[train], is_model[train], seed=k)
        odds = network.decision_function(images[judged], incident[judged])
        areas.append(roc_auc_score(is_model[judged], odds))
    return {"value": float(np.mean(areas)), "error": float(np.std(areas, ddof=1) / FOLDS**0.5)}


def permuted(side: Side) -> Side:
    """The same with the azimuth of every ring and layer permuted by itself: nothing goes together in it."""
    order = np.random.default_rng(SEED).random(side.cells.shape).argsort(axis=2)
    return Side(np.take_along_axis(side.cells, order, axis=2), side.conditions)


def of_few(model: EdmModel, sample: Sample) -> Calibration:
    """The calibration of the model with maps of a thousand training showers."""
    return calibrate(
        model.with_calibration, [(ALLEGRO, sample)], model.calibration, print, FEW, FEW
    )


def measured(weights: Path) -> dict[str, Any]:
    """Areas by what was changed, and correlations of rings."""
    model = weights_file(weights)
    folder = data_specs_dir()
    with open_showers(folder / "reference" / "FCCeeALLEGRO.h5", Reading(ALLEGRO)) as file:
        read = file.read()
    geant4 = Side(read.energy, read.conditions)
    training_dir, patterns = ROOT / "data_specs" / "training", ("FCCeeALLEGRO_train*.h5",)
    [sample] = read_samples(training_files(training_dir, {"FCCeeALLEGRO": patterns}))
    training = Side(sample.showers.numpy(), conditions_of(sample))
    last = slice(-len(geant4.cells), None)
    sums, seed, own = sums_of(geant4.cells), np.random.SeedSequence(SEED), model.calibration

    def made(calibration: Calibration) -> Side:
        calibrated = model.with_calibration(calibration)
        return Side(calibrated.of_sums(geant4.conditions, sums, ALLEGRO, seed), geant4.conditions)

    def without_rings(calibration: Calibration) -> Side:
        return made(replace(calibration, ring_noise=np.zeros_like(calibration.ring_noise)))

    few = of_few(model, sample)
    finished, apart = made(own), without_rings(own)
    areas: dict[str, Callable[[], dict[str, float]]] = {
        "other showers of Geant4": lambda: area(
            geant4, Side(training.cells[last], training.conditions[last])
        ),
        "`distilled`": lambda: area(geant4, finished),
        "the same, maps of cells fitted to 1,000 training showers": lambda: area(geant4, made(few)),
        "the same, noise of rings not correlated": lambda: area(geant4, apart),
        "both of these": lambda: area(geant4, without_rings(few)),
        "both of these, azimuth of each ring and layer permuted in all showers": lambda: area(
            permuted(geant4), permuted(without_rings(few))
        ),
    }
    goal, weight = radial_correlation(geant4.cells)
    return {
        "detector": ALLEGRO.name,
        "showers": len(geant4.cells),
        "training_showers": len(training.cells),
        "seed": SEED,
        "weights_sha256": model.info.weights_hash,
        "rings": {
            "geant4": float(goal.mean()),
            "distilled": float(radial_correlation(finished.cells, weight)[0].mean()),
            "not_correlated": float(radial_correlation(apart.cells, weight)[0].mean()),
        },
        "areas": {name: print_and(name, one()) for name, one in areas.items()},
    }


def print_and(name: str, result: dict[str, float]) -> dict[str, float]:
    """The result, printed as soon as it is there."""
    print(f"{name}: {result['value']:.3f} ± {result['error']:.3f}", flush=True)
    return result


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--weights", type=Path, default=WEIGHTS_DIR / "edm_dit_distilled.safetensors"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    RESULT.write_text(json.dumps(measured(options.weights), indent=1) + "\n")


if __name__ == "__main__":
    main()
