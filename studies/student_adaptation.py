"""Distil before or after the adaptation to a new detector? Students for ILD in both orders, side by side.

    python studies/student_adaptation.py FOLDER
    python studies/claims.py --write

``FOLDER`` holds ``ILD_train.h5`` and ``ILD_reference.h5`` of ``calobench simulate`` (docs/slides.md has the
calls). What is trained here is what fits on one core, some minutes each, in ``FOLDER/runs`` and
``FOLDER/weights``; a call that was interrupted continues. Weights that took a GPU are those of
``reports/samples/slides-ILD/weights``. The plan is ``student_adaptation_plan.py``.

Shapes alone are judged, given the marginals of Geant4, without calibration unless a row says otherwise; cells
below 0.1 MeV are set to zero on both sides. Scores as in ``adaptation_points.py``. Writes
``docs/results/student_adaptation.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from student_adaptation_plan import (
    CALIBRATED,
    ROWS,
    SHOWERS_PER_STEP,
    STEPS,
    TRANSFERS,
    Row,
    calibration,
    configurations,
    network_of,
)
from students import scores, uncalibrated

from calobench import api
from calobench._util.atomic import write_text
from calobench.detectors import load_detector
from reference_models.devices import require_device
from reference_models.distillation.transfer import transfer
from reference_models.training.config import parse_config
from reference_models.training.processes import ALONE
from reference_models.training.recipe import Place
from reference_models.training.recipes import make_recipes
from reference_models.variants import weights_file
from reference_models.weights_io import WEIGHTS_DIR, load_model, save_model

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "docs" / "results" / "student_adaptation.json"
FROM_GPU = ROOT / "reports" / "samples" / "slides-ILD" / "weights"
DETECTOR = load_detector("ILD")
SEEDS = (1, 2)


def prepared(folder: Path) -> None:
    """Make all weights that are not there yet."""
    weights = folder / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    for path in FROM_GPU.iterdir():
        shutil.copy(path, weights)
    adapted = load_model(weights / "ILD.safetensors")
    student = load_model(WEIGHTS_DIR / "edm_dit_distilled.safetensors")
    # As an adaptation begins: the network that ships, and tables that are fitted to the new showers.
    of_ild = {"detectors": ["ILD"], "one_hot_slots": {"ILD": DETECTOR.one_hot_slot}}
    card = {key: value for key, value in student.card.items() if key != "calibrations"} | of_ild
    before = replace(adapted, network=student.network, card=card, calibrations={})
    save_model(weights / "before.safetensors", before)
    for name, content in configurations(folder).items():
        if not (weights / f"{name}.safetensors").exists():
            _command(content, folder / f"{name}.yaml")
    start = WEIGHTS_DIR / "edm_dit.safetensors"
    for name, (of, given) in TRANSFERS.items():
        path = weights / f"{name}.safetensors"
        if not path.exists():
            student_path = WEIGHTS_DIR / f"{given}.safetensors"
            transfer(student_path, start, weights / f"{of}.safetensors", path)
    for name in CALIBRATED:
        if not load_model(weights / f"{name}.safetensors").calibrations:
            _command(calibration(folder, name), folder / f"calibrate_{name}.yaml")


def _command(content: Mapping[str, Any], config: Path) -> None:
    config.write_text(yaml.safe_dump(content, sort_keys=False))
    call = [sys.executable, "-m", "reference_models", content["kind"], "--config", config]
    subprocess.run(call, check=True)


def step_costs(folder: Path, repeats: int = 4) -> dict[str, float]:
    """CPU time of one shower in a step of each kind on one thread, s: mean of some steps after a first one.

    Kept in ``FOLDER/costs.json``: measure it while the machine has nothing else to do.
    """
    kept_path = folder / "costs.json"
    if kept_path.exists():
        return dict(json.loads(kept_path.read_text(encoding="utf-8")))
    costs, weights = {}, folder / "weights"
    place = Place(require_device("cpu"), ALONE)
    base = configurations(folder)["tuned_100"]
    kept = {key: base[key] for key in ("data_dir", "files", "validation_fraction", "optimizer")}
    kept |= {"output": str(folder / "runs" / "cost"), "weights": str(weights / "cost.safetensors")}
    for name, kind in STEPS.items():
        given = kept | kind | {"start" if name == "train" else "teacher": base["teacher"]}
        given |= network_of(weights) if name == "train" else {}
        path = Path(f"cost of '{name}'")
        recipe = next(make_recipes(parse_config(given, path), path, place))
        ends: list[float] = []

        def note(_state: object, _loss: float, ends: list[float] = ends) -> None:
            ends.append(time.process_time())
            if len(ends) > repeats:
                raise StopIteration

        with contextlib.suppress(StopIteration):
            recipe.trainer.run(note)
        costs[name] = float(np.diff(ends).mean()) / SHOWERS_PER_STEP
    write_text(kept_path, json.dumps(costs))
    return costs


def measured(row: Row, folder: Path, costs: Mapping[str, float]) -> dict[str, Any]:
    """Scores of a row for every seed of the noise, and what its trainings on ILD cost."""
    weights = folder / "weights"
    seen = [
        {"weights": name, "step": step, **_training(weights / f"{name}.json")}
        for name, step in row.trained
    ]
    return {
        "name": row.name,
        "weights": row.weights,
        "nfe": row.nfe,
        "calibrated": row.calibrated,
        "trainings": seen,
        "showers_seen": sum(one["showers_seen"] for one in seen),
        "one_core_s": sum(one["showers_seen"] * costs[one["step"]] for one in seen),
        **scored(row, folder),
    }


def scored(row: Row, folder: Path) -> dict[str, Any]:
    """Scores of a row, kept in ``FOLDER/scores`` for the same weights."""
    model = weights_file(folder / "weights" / f"{row.weights}.safetensors", nfe=row.nfe)
    # A calibration changes the file, and not what the network makes without it.
    own = model.finished.card["weights_sha256" if row.calibrated else "network_sha256"]
    path = folder / "scores" / f"{own[:16]}-{row.nfe}.json"
    if not path.exists():
        model = model if row.calibrated else uncalibrated(model)
        reference = api.read_showers(folder / "ILD_reference.h5", detector=DETECTOR.name)
        result = {
            "network_sha256": model.finished.card["network_sha256"],
            "n": len(reference),
            "scores": [scores(model, reference, DETECTOR, seed, seed) for seed in SEEDS],
        }
        path.parent.mkdir(exist_ok=True)
        write_text(path, json.dumps(result))
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _training(card: Path) -> dict[str, Any]:
    content = json.loads(card.read_text(encoding="utf-8"))
    return {key: content[key] for key in ("showers_seen", "steps_done", "wall_s", "machine")}


def main() -> None:
    """Train, measure and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = options.folder.absolute()
    prepared(folder)
    costs = step_costs(folder)
    rows = []
    for row in ROWS:
        rows.append(measured(row, folder, costs))
        print(row.name, row.nfe, [one["auc"] for one in rows[-1]["scores"]], flush=True)
    result = {
        "detector": DETECTOR.name,
        "n": rows[0]["n"],
        "seeds": SEEDS,
        "ms_per_shower": {name: 1e3 * cost for name, cost in costs.items()},
        "rows": rows,
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
