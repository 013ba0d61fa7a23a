"""Can the marginals of the reference models be told from Geant4's? By trees, and by response and resolution.

    python studies/marginals_quality.py
    python studies/claims.py --write

Marginals are drawn for the particles of the bundled references. Trees see the total, the layers, the rings,
the centre of gravity and ln E of one shower; layers and rings below 1 keV count as empty. Without the network
what is drawn has the right distribution of each number and the right correlations, and no more. The student
of one evaluation is that of ``distilled-small``.

Response and resolution are compared with those of the training showers, of which there are more than of any
reference: those of many draws for the same particles, and those of the reference itself. Writes
``docs/results/marginals.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from model_table import measured
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from calobench._util.edges import bin_index
from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.univariate.response_ratio import Bin, LogRatio, response_ratios
from calobench.io import open_showers
from calobench.io.reading import Reading
from calobench.showers import Conditions, Showers
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.sums import Sums, sums_of
from reference_models.marginals.vector import EMPTY_PART_MEV
from reference_models.network.preprocessing import CONDITION_SIZE
from reference_models.training.dataset import conditions_of
from reference_models.training.files import read_samples, training_files
from reference_models.weights_io import WEIGHTS_DIR, load_marginals

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "marginals.json"
DETECTORS = ("FCCeeALLEGRO", "FCCeeCLD", "ODD", "Par04SciPb", "Par04SiW")
SEEDS = (1, 2, 3)
# For each training shower, and bins of energy with as many showers of the reference each, as a run has them.
DRAWS = 8
BINS = 6
# Stands for the logarithm of the fraction of an empty layer.
_EMPTY_LOG = -20.0


def main() -> None:
    """Measure all detectors and write the result."""
    torch.set_num_threads(1)
    trained = load_marginals(WEIGHTS_DIR / "marginals.safetensors").model
    # The last layer of a new network is zero: it changes nothing.
    blank = MarginalsNetwork(trained.network.size, CONDITION_SIZE).eval()
    student = load_marginals(WEIGHTS_DIR / "marginals_distilled.safetensors").model
    models = {
        "trained": trained,
        "untrained": replace(trained, network=blank),
        "one evaluation": student,
    }
    detectors = {name: _areas(name, models) for name in DETECTORS}
    response = {
        name: against_training(name, {"trained": trained, "one evaluation": student})
        for name in DETECTORS
    }
    document = {
        "seeds": SEEDS,
        "detectors": detectors,
        "draws": DRAWS,
        "bins": BINS,
        "against_training": response,
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")
    for name, areas in detectors.items():
        print(name, areas)
    print(response_table(document))


def response_table(result: Mapping[str, Any]) -> str:
    """Response and resolution over those of the training showers, as a table."""
    rows = {
        "trained": "draws of the marginals",
        "one evaluation": "the same, of those with one evaluation",
        "reference": "the bundled reference",
    }
    lines = [
        "| detector | against the training showers | showers | response | worst of "
        f"{result['bins']} bins of energy, % | resolution |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name, of_detector in result["against_training"].items():
        for key, label in rows.items():
            one = of_detector[key]
            figures = (one["response"], one["worst_bin"], one["resolution"])
            shown = " | ".join(measured(figure) for figure in figures)
            lines.append(
                f"| {name} | {label} | {one['n']:,}, {of_detector['training']:,} | {shown} |"
            )
    return "\n".join(lines)


def against_training(name: str, models: Mapping[str, MarginalsModel]) -> dict[str, Any]:
    """Response and resolution of a detector over those of its training showers.

    Returns:
        Of the draws of each model, and of the bundled reference: the number of showers, and with its error
        each of the ratios and, in per cent, that of the response in the bin where it is farthest from one.
    """
    detector = load_detector(name)
    patterns = {name: (f"{name}_train*.h5",)}
    [sample] = read_samples(training_files(ROOT / "data_specs" / "training", patterns))
    conditions, reference = conditions_of(sample), _reference(detector)
    asked = _responses(Showers(sample.showers.numpy(), conditions))
    edges = np.quantile(reference.conditions.energy, np.linspace(0, 1, BINS + 1))
    columns = (conditions.energy, conditions.theta, conditions.phi)
    repeated = Conditions(*(np.tile(column, DRAWS) for column in columns))
    found: dict[str, Any] = {"training": len(conditions)}
    for key, model in models.items():
        generator = torch.Generator().manual_seed(SEEDS[0])
        drawn = model.sample(repeated, detector.one_hot_slot, generator)
        found[key] = _ratios(edges, asked, (repeated.energy, drawn.total / repeated.energy))
    found["reference"] = _ratios(edges, asked, _responses(reference))
    return found


def _reference(detector: DetectorSpec) -> Showers:
    path = ROOT / "data_specs" / "reference" / f"{detector.name}.h5"
    with open_showers(path, Reading(detector)) as file:
        return file.read()


def _responses(showers: Showers) -> Bin:
    energy = showers.conditions.energy
    return energy, showers.energy.sum(axis=(1, 2, 3), dtype=np.float64) / energy


def _ratios(edges: NDArray[np.float64], asked: Bin, made: Bin) -> dict[str, Any]:
    pairs = list(zip(_split(edges, asked), _split(edges, made), strict=True))
    both = response_ratios(pairs)
    if both is None:
        raise ValueError("no bin of energy has enough showers")
    # Within a bin the response follows the energy: of each bin by itself, as of all of them.
    bins = [one.response for pair in pairs if (one := response_ratios([pair]))]
    worst = max(bins, key=lambda one: abs(one.value))
    return {
        "n": len(made[0]),
        "response": _of_log(both.response),
        "resolution": _of_log(both.resolution),
        "worst_bin": {"value": 100 * abs(math.expm1(worst.value)), "error": 100 * worst.error},
    }


def _of_log(ratio: LogRatio) -> dict[str, float]:
    return {"value": math.exp(ratio.value), "error": math.exp(ratio.value) * ratio.error}


def _split(edges: NDArray[np.float64], sample: Bin) -> Sequence[Bin]:
    energy, response = sample
    index = bin_index(energy, edges, closed=True) - 1
    return [(energy[index == k], response[index == k]) for k in range(len(edges) - 1)]


def _areas(name: str, models: dict[str, MarginalsModel]) -> dict[str, Any]:
    """Mean area under the ROC curve over seeds and its deviation between them, by model."""
    detector = load_detector(name)
    reference = _reference(detector)
    conditions = reference.conditions
    log_energy = np.log(conditions.energy)
    real = _features(sums_of(reference.energy), log_energy)
    areas: dict[str, Any] = {"n": len(real)}
    for key, model in models.items():
        of_seeds = []
        for seed in SEEDS:
            generator = torch.Generator().manual_seed(seed)
            drawn = model.sample(conditions, detector.one_hot_slot, generator)
            of_seeds.append(_area(real, _features(drawn, log_energy), seed))
        areas[key] = {"value": float(np.mean(of_seeds)), "error": float(np.std(of_seeds, ddof=1))}
    return areas


def _features(sums: Sums, log_energy: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.log(sums.total)
    parts = np.concatenate([sums.layers, sums.rings], axis=1)
    filled = parts > EMPTY_PART_MEV
    logs = np.log(parts, where=filled, out=np.zeros_like(parts)) - total[:, None]
    logs = np.where(filled, logs, _EMPTY_LOG)
    return np.column_stack([total - log_energy, logs, sums.centre, log_energy])


def _area(real: NDArray[np.float64], drawn: NDArray[np.float64], seed: int) -> float:
    rows = np.concatenate([real, drawn])
    labels = np.repeat([0, 1], [len(real), len(drawn)])
    trees = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=15, random_state=seed
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    scores = cross_val_predict(trees, rows, labels, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, scores))


if __name__ == "__main__":
    main()
