"""Making the calibration of a variant: generate for training conditions, compare, store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from calobench.detectors import load_detector
from calobench.showers import Conditions
from reference_models import plugin
from reference_models.marginals.calibration import ShowerSample, fit_calibration
from reference_models.network.preprocessing import N_SLOTS
from reference_models.training.dataset import Sample
from reference_models.training.recipes import Recipe
from reference_models.weights_io import load_model, save_model

__all__ = ["calibrate_variant"]


def calibrate_variant(recipe: Recipe, variant: str, showers: int, seed: int) -> Path:
    """Fit and store the calibration of ``variant`` in the recipe's weights; returns their path.

    Args:
        recipe: gives the training showers; only they are used.
        variant: ``full``, ``solver`` or ``distilled``.
        showers: generated for each detector, for the conditions of its first training showers.
        seed: of the generation.
    """
    path = recipe.config.weights
    finished = load_model(path)
    model = getattr(plugin, variant)(calibrate=False)
    seeds = np.random.SeedSequence(seed).spawn(len(recipe.train))
    generated, reference = {}, {}
    for sample, child in zip(recipe.train, seeds, strict=True):
        conditions = _conditions(sample)[:showers]
        n = len(conditions)
        slots = torch.full((n,), sample.slot)
        centre = finished.transform.centre(sample.energy[:n], slots).numpy()
        made = model.shapes(conditions, load_detector(sample.name), child)
        known = (centre, conditions.energy, conditions.theta)
        generated[sample.slot] = ShowerSample(made, *known)
        reference[sample.slot] = ShowerSample(sample.showers[:n].numpy(), *known)
    tables = fit_calibration(generated, reference, N_SLOTS, finished.transform.cut_mev)
    notes = {
        **finished.card.get("calibration", {}),
        variant: {"showers_a_detector": showers, "seed": seed},
    }
    save_model(
        path,
        replace(
            finished,
            calibrations={**finished.calibrations, variant: tables},
            card={**finished.card, "calibration": notes},
        ),
    )
    return path


def _conditions(sample: Sample) -> Conditions:
    energy, theta, phi = (
        column.numpy().astype(np.float64) for column in (sample.energy, sample.theta, sample.phi)
    )
    return Conditions(energy, theta, phi)
