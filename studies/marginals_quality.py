"""Can trees tell the marginals of the reference models from Geant4's? With the networks and without one.

    python studies/marginals_quality.py

Marginals are drawn for the particles of the bundled references. Trees see the total, the layers, the rings,
the centre of gravity and ln E of one shower; layers and rings below 1 keV count as empty. Without the network
what is drawn has the right distribution of each number and the right correlations, and no more. The student
of one evaluation is that of ``distilled-small``. Writes
``docs/results/marginals.json``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from calobench.detectors import load_detector
from calobench.io import open_showers
from calobench.io.reading import Reading
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.sums import Sums, sums_of
from reference_models.marginals.vector import EMPTY_PART_MEV
from reference_models.network.preprocessing import CONDITION_SIZE
from reference_models.weights_io import WEIGHTS_DIR, load_marginals

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "marginals.json"
DETECTORS = ("FCCeeALLEGRO", "FCCeeCLD", "ODD", "Par04SciPb", "Par04SiW")
SEEDS = (1, 2, 3)
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
    RESULT.write_text(json.dumps({"seeds": SEEDS, "detectors": detectors}, indent=1) + "\n")
    for name, areas in detectors.items():
        print(name, areas)


def _areas(name: str, models: dict[str, MarginalsModel]) -> dict[str, Any]:
    """Mean area under the ROC curve over seeds and its deviation between them, by model."""
    detector = load_detector(name)
    path = ROOT / "data_specs" / "reference" / f"{name}.h5"
    with open_showers(path, Reading(detector)) as file:
        reference = file.read()
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
