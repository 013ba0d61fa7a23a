"""From a configuration file to calibrated weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from calobench.detectors import load_detector
from reference_models.calibration.run import calibrate
from reference_models.calibration.tables import Calibration, identity
from reference_models.edm_model import EdmModel
from reference_models.network.preconditioning import SIGMA_MIN
from reference_models.samplers.catalogue import levels_for, sampler_kind
from reference_models.samplers.schedule import SCHEDULES
from reference_models.training.config import read_calibrate_config
from reference_models.training.files import read_samples, training_files
from reference_models.training.start import require_known
from reference_models.weights_io import load_model, save_model

__all__ = ["calibrate_weights"]


def calibrate_weights(path: Path, report: Callable[[str, str], None]) -> Path:
    """Calibrate the weights that a configuration names, and write the calibration into them.

    Args:
        path: YAML file.
        report: is told detector and result.

    Returns:
        The weights' path.

    Raises:
        SpecError: the configuration is missing or has a wrong key.
        WeightsError: the weights are missing or are not what their card says.
        ShowerFileError: training showers are missing or broken.
    """
    config = read_calibrate_config(path)
    torch.set_num_threads(config.threads)
    kind = sampler_kind(config.sampler)
    sampler = kind.make(**config.options)
    levels = levels_for(sampler, config.nfe)
    model = load_model(config.weights)
    files = training_files(config.data_dir, config.files)
    samples = read_samples(files)
    require_known(samples, model.card, config.weights)
    detectors = [load_detector(name) for name in files]

    def make(calibration: Calibration) -> EdmModel:
        return EdmModel(
            "calibration",
            "model under calibration",
            config.weights,
            sampler,
            levels,
            SIGMA_MIN if kind.consistency else None,
            schedule=SCHEDULES[config.schedule],
            calibration=calibration,
        )

    n_r, _, n_z = model.network.config.mesh
    start = model.calibrations.get(config.nfe) or identity(n_r, n_z, model.transform.cut_mev)
    results: dict[str, str] = {}

    def note(detector: str, result: str) -> None:
        results[detector] = result
        report(detector, result)

    pairs = list(zip(detectors, samples, strict=True))
    tables = calibrate(make, pairs, start, note, config.showers, config.rounds, config.seed)
    cards = model.card.get("calibrations", {})
    said = {
        "sampler": config.sampler,
        "options": config.options,
        "showers_made_per_detector": config.showers,
        "seed": config.seed,
        "detectors": {**cards.get(str(config.nfe), {}).get("detectors", {}), **results},
    }
    card = {**model.card, "calibrations": {**cards, str(config.nfe): said}}
    calibrations = {**model.calibrations, config.nfe: tables}
    save_model(config.weights, replace(model, calibrations=calibrations, card=card))
    return config.weights
