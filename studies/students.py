"""Ways to a student with few evaluations, side by side: shapes alone, given the marginals of Geant4.

    python studies/students.py "progressive, 1 evaluation=WEIGHTS.safetensors" ...
    python studies/claims.py --write

WEIGHTS are results of ``python -m reference_models progressive`` or ``distill``, with their cards; ``:nfe=2``
after the path takes two evaluations of a consistency function. Showers have the conditions and the marginals
of 1,000 showers of the reference of ALLEGRO and are not calibrated; cells below 0.1 MeV, which a calibration
makes, are set to zero on both sides. Scores as in ``adaptation_points.py``. Writes
``docs/results/students.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from adaptation_points import scores_of, table_of

from calobench import api
from calobench.detectors import DetectorSpec, load_detector
from calobench.resources import data_specs_dir
from calobench.showers import Showers
from reference_models.edm_model import EdmModel
from reference_models.marginals.sums import sums_of
from reference_models.variants import weights_file

__all__ = ["RESULT", "scores", "students_table", "uncalibrated"]

RESULT = Path(__file__).parents[1] / "docs" / "results" / "students.json"
DETECTOR = load_detector("ALLEGRO")
SEED, N = 5, 1000


def students_table(result: Mapping[str, Any]) -> str:
    """One row per student, for docs/models.md."""
    lines = [
        "| student | steps, showers per step | AUC of trees (null 0.5) | FPD | worth Geant4 showers "
        "| coherence in azimuth, W1 | hottest cell, W1 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, one in result["students"].items():
        scores, distances = one["scores"], one["scores"]["wasserstein"]
        lines.append(
            f"| {name} | {one['steps_done']:,}, {one['batch_size']} "
            f"| {scores['auc']:.3f} | {scores['fpd']:.2f} | {scores['equivalent']:.0f} "
            f"| {distances['azimuthal_coherence'][0]:.2f} | {distances['hottest_cell'][0]:.2f} |"
        )
    return "\n".join(lines)


def scores(
    model: EdmModel, reference: Showers, detector: DetectorSpec, noise: int, seed: int = 1
) -> dict[str, Any] | None:
    """Scores of a model's shapes, given conditions and marginals of a reference.

    Args:
        model: with the calibration that it shall have.
        reference: Geant4's showers.
        detector: of both.
        noise: seed of the model's showers.
        seed: of folds and permutations.
    """
    sums = sums_of(reference.energy)
    seed_of_noise = np.random.SeedSequence(noise)
    cells = model.of_sums(reference.conditions, sums, detector, seed_of_noise)
    made = Showers(cells, reference.conditions)
    return scores_of(table_of(reference, detector), table_of(made, detector), detector, seed)


def uncalibrated(model: EdmModel) -> EdmModel:
    """The model as its training left it."""
    return model.with_calibration(model.finished.blank())


def measured(weights: str) -> dict[str, Any]:
    """Scores of a student, and how long it was trained."""
    path, _, nfe = weights.partition(":nfe=")
    model = uncalibrated(weights_file(Path(path), nfe=int(nfe) if nfe else None))
    reference = api.read_showers(
        data_specs_dir() / "reference" / f"{DETECTOR.name}.h5", detector=DETECTOR.name
    )[:N]
    card = model.finished.card
    return {
        "steps_done": card["steps_done"],
        "batch_size": card["optimizer"]["batch_size"],
        "nfe": model.info.nfe,
        "network_sha256": card["network_sha256"],
        "teacher_network_sha256": card["teacher_network_sha256"],
        "scores": scores(model, reference, DETECTOR, SEED),
    }


def main() -> None:
    """Measure students one after the other and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("students", nargs="+", metavar="NAME=WEIGHTS")
    torch.set_num_threads(1)
    students = {}
    for given in parser.parse_args().students:
        name, _, weights = given.partition("=")
        students[name] = measured(weights)
        print(name, students[name]["scores"]["auc"], flush=True)
    result = {"detector": DETECTOR.name, "n": N, "seed": SEED, "students": students}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
