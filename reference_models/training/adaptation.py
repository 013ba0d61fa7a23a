"""A user's own detector: both networks of finished weights, trained further on its showers."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calobench._util.yaml_file import read_yaml
from calobench.detectors import load_detector
from reference_models.training.config import AdaptConfig, MarginalsConfig, TrainConfig
from reference_models.training.start import require_denoiser
from reference_models.weights_io import load_model

__all__ = ["RECIPE", "adaptation", "stages"]

RECIPE = Path(__file__).parents[1] / "configs" / "adapt.yaml"
"""The configuration whose numbers are taken where the command line gives only files."""


def adaptation(
    kind: str,
    detector: str,
    data: Sequence[Path],
    start: Path,
    out: Path,
    replaces: Sequence[str] = (),
    test: Sequence[Path] = (),
) -> dict[str, Any]:
    """Content of the configuration with the numbers of :data:`RECIPE`.

    Args:
        kind: ``adapt`` or ``scratch``.
        detector: name, or path of its YAML.
        data: training files.
        start: finished weights.
        out: folder of weights and checkpoints.
        replaces: detectors of the weights whose slots are given up.
        test: files that judge the result.

    Raises:
        UnknownNameError: there is no such detector.
        SpecError: its YAML is missing or not valid.
    """
    name = load_detector(detector).name
    key = str(Path(detector).absolute()) if Path(detector).suffix in (".yaml", ".yml") else name
    folder = Path(os.path.commonpath([path.absolute().parent for path in (*data, *test)]))

    def below(paths: Sequence[Path]) -> dict[str, list[str]]:
        return {key: [glob.escape(str(path.absolute().relative_to(folder))) for path in paths]}

    base: Any = read_yaml(RECIPE, "configuration")
    given: dict[str, Any] = {
        "kind": kind,
        "data_dir": str(folder),
        "files": below(data),
        "start": str(start),
        "output": str(out / "run"),
        "weights": str(out / f"{name}.safetensors"),
    }
    if replaces:
        given["replaces"] = list(replaces)
    if test:
        given["test"] = below(test)
    return {key: value for key, value in base.items() if key != "replaces"} | given


def stages(config: AdaptConfig) -> tuple[MarginalsConfig, TrainConfig]:
    """Trainings of an adaptation: that of the marginals, then that of the shape network.

    Raises:
        WeightsError: the weights to start from are missing or are not what their card says.
        SpecError: they were distilled.
    """
    start = load_model(config.start)
    require_denoiser(start.card, config.start)
    marginals = start.marginals
    weights = config.weights.with_name(f"{config.weights.stem}_marginals.safetensors")
    shared: dict[str, Any] = {
        "data_dir": config.data_dir,
        "files": config.files,
        "test": config.test,
        "validation_fraction": config.validation_fraction,
        "max_showers": config.max_showers,
        "replaces": config.replaces,
        "untrained": True if config.kind == "scratch" else None,
    }
    return (
        MarginalsConfig(
            kind="marginals",
            output=config.output / "marginals",
            weights=weights,
            start=config.start.with_name(marginals.card["weights_file"]),
            width=marginals.card["network"]["width"],
            blocks=marginals.card["network"]["blocks"],
            dropout=config.dropout,
            optimizer=config.marginals_optimizer,
            **shared,
        ),
        TrainConfig(
            kind="train",
            output=config.output / "shape",
            weights=config.weights,
            start=config.start,
            patch=start.network.config.patch,
            offset_mev=start.transform.offset_mev,
            marginals=weights,
            optimizer=config.optimizer,
            **shared,
        ),
    )
