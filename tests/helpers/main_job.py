"""The measurements of the main job, on two parts of a bundled sample in place of reference and model.

``python main_job.py`` writes it as JSON; ``python main_job.py up`` after moving every observable and every
incident energy and angle by one unit in the last place.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from last_bit import moved

from calobench.detectors.catalogue import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.dependence import sample_wide
from calobench.evaluation.conditional.metrics import measure_quality
from calobench.evaluation.multivariate.evaluate import evaluate_multivariate
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.harness.reference import bundled_reference
from calobench.io.readers.lemurs import LemursFile
from calobench.observables import all_observables
from calobench.observables.features import FeatureTable, compute_features
from calobench.showers import Conditions, Showers

__all__ = ["main_job", "tables"]

DETECTOR = "FCCeeALLEGRO"
SHOWERS = 100
"""In either sample."""
SCALE = 1.02
REPLICAS, PERMUTED = 40, 99


def tables(move: str | None = None) -> tuple[FeatureTable, FeatureTable, DetectorSpec]:
    """Observables of the first showers of the sample, and of others at 1.02 times their energy."""
    detector = load_detector(DETECTOR)
    with LemursFile(bundled_reference(detector), detector.mesh_geometry.shape) as file:
        showers = file.read()
    parts = showers[:SHOWERS], showers[SHOWERS : 2 * SHOWERS]
    other = Showers(parts[1].energy * np.float32(SCALE), parts[1].conditions)
    reference, model = (
        compute_features(part, detector, all_observables()) for part in (parts[0], other)
    )
    if move is not None:
        reference, model = moved_table(reference, move), moved_table(model, move)
    return reference, model, detector


def moved_table(table: FeatureTable, direction: str) -> FeatureTable:
    """Every number of a table moved by one unit in the last place; what is exactly 0 stays so."""

    def one(values: Any) -> Any:
        return np.where(values == 0, values, moved(values, direction))

    return replace(
        table,
        conditions=Conditions(
            *(one(getattr(table.conditions, x)) for x in ("energy", "theta", "phi"))
        ),
        scalars={name: one(values) for name, values in table.scalars.items()},
        profiles={name: one(values) for name, values in table.profiles.items()},
    )


def main_job(move: str | None = None) -> dict[str, Any]:
    """Observables, scores, metrics of the gate and many-dimensional scores."""
    reference, model, detector = tables(move)
    observables = all_observables()
    scored = evaluate(
        reference, model, detector, observables, paired=False, seed=np.random.SeedSequence(1),
        bootstrap_replicas=REPLICAS, permuted=PERMUTED, level=0.01,
    )  # fmt: skip
    sample = sample_wide(reference, model, detector, observables, paired=False, seed=2)
    quality = measure_quality(reference, model, detector, observables)
    many = evaluate_multivariate(
        reference, model, detector, paired=False, seed=np.random.SeedSequence(3), replicas=REPLICAS,
        permutations=PERMUTED,
    )  # fmt: skip
    assert sample is not None
    assert quality is not None
    assert many is not None
    return {
        "observables": {
            f"{side}.{name}": values.tolist()
            for side, table in (("reference", reference), ("model", model))
            for name, values in (table.scalars | table.profiles).items()
        },
        "scores": [one.model_dump(mode="json") for part in scored for one in part],
        "energy_dependence": energy_dependence(reference, model).model_dump(mode="json"),
        "sample": sample.model_dump(mode="json"),
        "quality": quality.model_dump(mode="json"),
        "multivariate": many.model_dump(mode="json"),
    }


if __name__ == "__main__":
    json.dump(main_job(*sys.argv[1:]), sys.stdout)
