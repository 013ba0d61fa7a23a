"""From a configuration file to calibrated weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from calobench.detectors import load_detector
from reference_models.calibration.run import calibrate
from reference_models.devices import require_device
from reference_models.edm_model import EdmModel
from reference_models.samplers.sampling import Sampling
from reference_models.training.config import read_calibrate_config
from reference_models.training.files import read_samples, training_files
from reference_models.training.start import require_known
from reference_models.weights_io import save_model

__all__ = ["calibrate_weights"]


def calibrate_weights(
    path: Path, report: Callable[[str, str], None], device: str = "cpu", workers: int = 1
) -> Path:
    """Calibrate the weights that a configuration names, and write the calibration into them.

    Args:
        path: YAML file.
        report: is told detector and result.
        device: where the network makes showers; tables are fitted on the CPU.
        workers: detectors that are calibrated at the same time.

    Returns:
        The weights' path.

    Raises:
        SpecError: the configuration is missing or has a wrong key.
        DeviceError: the device is not there.
        WeightsError: the weights are missing or are not what their card says.
        ShowerFileError: training showers are missing or broken.
    """
    require_device(device)
    config = read_calibrate_config(path)
    torch.set_num_threads(config.threads)
    sampling = Sampling(config.sampler, config.nfe, config.options, config.schedule)
    model = EdmModel("calibration", "model under calibration", config.weights, sampling)
    model.to(device)
    weights = model.finished
    files = training_files(config.data_dir, config.files)
    samples = read_samples(files)
    require_known(samples, weights.card, config.weights)
    pairs = list(zip([load_detector(name) for name in files], samples, strict=True))
    start = weights.calibration_for(sampling) or weights.only_noise(sampling)
    results: dict[str, str] = {}

    def note(detector: str, result: str) -> None:
        results[detector] = result
        report(detector, result)

    tables = calibrate(
        model.with_calibration,
        pairs,
        start,
        note,
        config.showers,
        config.noise_showers,
        config.rounds,
        config.seed,
        workers,
    )
    cards = weights.card.get("calibrations", {})
    before = cards.get(sampling.label, {})
    of_noise = config.noise_showers if config.rounds > 0 else before.get("showers_for_the_noise")
    said = {
        "sampler": config.sampler,
        "options": config.options,
        "schedule": config.schedule,
        "max_showers_per_detector": config.showers,
        "showers_for_the_noise": of_noise,
        "seed": config.seed,
        "detectors": {**before.get("detectors", {}), **results},
    }
    card = {**weights.card, "calibrations": {**cards, sampling.label: said}}
    calibrations = {**weights.calibrations, sampling.label: tables}
    save_model(config.weights, replace(weights, calibrations=calibrations, card=card))
    return config.weights
