"""What a process of the study of adaptation does: train, generate, score."""

from __future__ import annotations

import gc
import json
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from adaptation_plan import Job, Sizes, config_of
from numpy.typing import NDArray

from calobench import api
from calobench._util.atomic import atomic_path, write_text
from calobench.detectors import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.multivariate.classifier import classifier_test
from calobench.evaluation.multivariate.equivalent import equivalent_statistics
from calobench.evaluation.multivariate.evaluate import prepare
from calobench.evaluation.multivariate.fpd import frechet_score
from calobench.evaluation.univariate import all_scores
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Showers

__all__ = ["CUT_MEV", "SAMPLER", "judged", "prepared", "scores_of", "table_of", "trained"]

SAMPLER = "dpmpp_2m"
CUT_MEV = 0.1
"""Cells below are set to zero, in Geant4's showers too: a calibration after the training makes them."""
_SHAPE = (
    "hottest_cell", "width_phi", "azimuthal_coherence", "cells_above_100kev", "cells_above_1mev",
)  # fmt: skip
_SUMS = ("response", "centre_of_gravity_z", "width_z", "centre_of_gravity_r", "width_r")
_PERMUTATIONS = 199


def prepared(folder: Path) -> None:
    """Make the folders, and put the marginals there that cards of shape networks name."""
    from reference_models.weights_io import WEIGHTS_DIR

    for name in ("runs", "weights", "showers", "trained", "points"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for suffix in (".json", ".safetensors"):
        shutil.copy(WEIGHTS_DIR / f"marginals{suffix}", folder / "weights")


def trained(job: Job, folder: Path, sizes: Sizes, device: str) -> float:
    """Do a job up to its showers; returns how long it took, s.

    Its record in ``trained`` is written last: what it names is then complete. A training that was killed
    continues from its checkpoint.
    """
    started = time.monotonic()
    record: dict[str, Any] = {
        "part": job.part, "kind": job.kind, "showers": job.showers, "steps": job.steps,
        "seed": job.seed, "detector": job.judged_on,
    }  # fmt: skip
    if job.part != "chain":
        record |= _training(job, folder, sizes, "cpu" if job.part == "marginals" else device)
    if job.part != "marginals":
        begun = time.monotonic()
        showers = _generated(job, folder, sizes, device)
        record["generation_s"] = round(time.monotonic() - begun, 2)
        path = folder / "showers" / f"{job.name}.npy"
        with atomic_path(path) as partial, partial.open("wb") as stream:
            np.save(stream, showers)
    took = time.monotonic() - started
    write_text(folder / "trained" / f"{job.name}.json", json.dumps(record))
    return took


def _training(job: Job, folder: Path, sizes: Sizes, device: str) -> dict[str, Any]:
    import torch

    from reference_models.devices import require_device
    from reference_models.training.processes import ALONE
    from reference_models.training.recipe import Place
    from reference_models.training.recipes import make_recipes

    place = Place(require_device(device), ALONE)
    config = config_of(job, folder, sizes, on_gpu=place.device.type == "cuda")
    recipe = next(make_recipes(config, Path(job.name), place))
    trainer = recipe.trainer
    trainer.resume()
    trainer.run(lambda _state, _loss: None, config.optimizer.checkpoint_every_s)
    recipe.export()
    shutil.rmtree(config.output)
    record = {
        "training_showers": {sample.name: len(sample.energy) for sample in recipe.train},
        "steps_done": trainer.state.step,
        "showers_seen": trainer.state.showers_seen,
        "training_s": round(trainer.state.wall_s, 2),
        "best_step": trainer.state.best_step,
        "held_out_loss": trainer.state.best_loss,
        "curve": [[step, round(held_out, 5)] for step, _, held_out in trainer.curve],
        "device": torch.cuda.get_device_name() if place.device.type == "cuda" else "CPU",
        "torch": torch.__version__,
    }
    del recipe, trainer
    gc.collect()
    if place.device.type == "cuda":
        torch.cuda.empty_cache()
    return record


def _generated(job: Job, folder: Path, sizes: Sizes, device: str) -> NDArray[np.float32]:
    """Showers at the conditions of Geant4's, with Geant4's marginals or, of a chain, its own."""
    import torch

    from reference_models.devices import require_device
    from reference_models.inference.device import DeviceChain
    from reference_models.inference.noise import streams
    from reference_models.marginals.sums import sums_of
    from reference_models.variants import weights_file
    from reference_models.weights_io import load_marginals

    detector, showers = load_detector(job.judged_on), _reference(job.judged_on, sizes.generated)
    slot, conditions = detector.one_hot_slot, showers.conditions
    of_sums, of_shapes = streams(np.random.SeedSequence((job.seed, 1)))
    if job.part == "chain":
        shape, marginals = (folder / "weights" / f"{name}.safetensors" for name in job.needs)
        sums = load_marginals(marginals).model.sample(conditions, slot, of_sums)
    else:
        shape, sums = folder / "weights" / f"{job.name}.safetensors", sums_of(showers.energy)
    torch.set_num_threads(1)
    model = weights_file(shape, SAMPLER, sizes.evaluations, backend="eager")
    chain = DeviceChain(model, require_device(device), batch=512)
    return chain.of_sums(conditions, slot, sums, of_shapes)


@cache
def _reference(name: str, n: int) -> Showers:
    """The first n showers of the bundled reference, which no training sees."""
    return api.reference(name)[:n]


def judged(job: Job, folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Score the showers of a job, write its point, remove the showers."""
    record: dict[str, Any] = json.loads((folder / "trained" / f"{job.name}.json").read_text())
    if job.part != "marginals":
        path = folder / "showers" / f"{job.name}.npy"
        reference = _reference(job.judged_on, sizes.generated)
        model = Showers(np.load(path), reference.conditions)
        detector = load_detector(job.judged_on)
        record["n"] = len(reference)
        for key, cut_mev in {"scores": CUT_MEV, "scores_all_cells": 0.0}.items():
            geant4, generated = (table_of(one, detector, cut_mev) for one in (reference, model))
            record[key] = scores_of(geant4, generated, detector, job.seed)
    write_text(folder / "points" / f"{job.name}.json", json.dumps(record))
    if job.part != "marginals":
        path.unlink()
    return record


def table_of(showers: Showers, detector: DetectorSpec, cut_mev: float = CUT_MEV) -> FeatureTable:
    """All observables of showers whose cells below ``cut_mev`` are set to zero."""
    energy = np.where(showers.energy < cut_mev, 0, showers.energy)
    return compute_features(Showers(energy, showers.conditions), detector, all_observables())


def scores_of(
    reference: FeatureTable, model: FeatureTable, detector: DetectorSpec, seed: int
) -> dict[str, Any] | None:
    """Scores of calobench, without what is only needed for errors and p-values; None: too many are alike.

    Args:
        reference: of Geant4.
        model: at the same conditions, shower by shower.
        detector: of both.
        seed: of folds and permutations.
    """
    task = prepare(
        reference, model, detector, paired=True, seed=np.random.SeedSequence((seed, 2)),
        replicas=2, permutations=_PERMUTATIONS,
    )  # fmt: skip
    if task is None:
        return None
    samples = task.samples
    fpd = frechet_score(samples).score
    pool = samples.symmetric
    # Features that are said to be "seen" are not asked what each is worth, which takes longest.
    trees = classifier_test(pool, task.duplicates, samples.labels[:0], task.rng, seen=pool.features)
    if trees is None:
        return None
    worth = equivalent_statistics(
        task.at_fixed.reference, task.at_fixed.model, paired=True, replicas=2, rng=task.rng
    )
    compared = evaluate(
        reference, model, detector,
        [one for one in all_observables() if one.name in _SHAPE + _SUMS],
        paired=True, seed=np.random.SeedSequence((seed, 3)), bootstrap_replicas=2,
        permuted=_PERMUTATIONS, level=0.05, scores=[one for one in all_scores() if one.name == "wasserstein"],
        workers=1,
    )  # fmt: skip
    distances = {one.name: one.scores[0] for one in compared.observables}
    return {
        "fpd": fpd.value,
        "auc": trees.auc,
        "auc_error": trees.error,
        "equivalent": float(worth.showers),
        "wasserstein": {
            name: [round(score.value, 5), round(score.null_95, 5)]
            for name, score in distances.items()
        },
        # How far shapes are off, in units of what chance alone reaches in one of twenty cases.
        "shape": float(np.mean([distances[n].value / distances[n].null_95 for n in _SHAPE])),
    }
