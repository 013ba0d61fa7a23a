"""An exported file with the card beside it, written together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from calobench import __version__
from calobench._util.commit import Output, write_together
from calobench.detectors import load_detector
from calobench.errors import MissingPackageError
from reference_models.edm_model import EdmModel
from reference_models.export.chain import Azimuth, Chain, Unit
from reference_models.export.programs import ddml_lines, par04_lines
from reference_models.export.torchscript import torchscript_bytes

__all__ = ["ENDINGS", "Exported", "export_model", "exported_bytes"]

ENDINGS = {"torchscript": ".pt", "onnx": ".onnx"}
_FORMAT = "calobench model file 1"


@dataclass(frozen=True)
class Exported:
    """Settings of the export of a model.

    Attributes:
        format: one of :data:`ENDINGS`.
        opset: of ONNX, 17 or 20.
        noise: ``inside``, as Par04 and DDML need it, or ``input``.
        unit: of the output, ``GeV`` or ``MeV``.
        azimuth: where the first azimuth bin begins, ``-pi`` or ``0``.
    """

    format: str = "torchscript"
    opset: int = 20
    noise: str = "inside"
    unit: Unit = "GeV"
    azimuth: Azimuth = "-pi"


def exported_bytes(model: EdmModel, how: Exported) -> bytes:
    """The content of the file.

    Raises:
        MissingPackageError: onnx is not installed.
    """
    chain, inside = Chain(model, how.unit, how.azimuth), how.noise == "inside"
    if how.format == "torchscript":
        return torchscript_bytes(chain, noise_inside=inside)
    try:
        from reference_models.export.onnx_file import onnx_bytes
    except ImportError as error:
        raise MissingPackageError(
            "--format onnx needs onnx; pip install 'calobench[onnx]'"
        ) from error
    return onnx_bytes(chain, how.opset, noise_inside=inside)


def export_model(model: EdmModel, how: Exported, path: Path, *, replace: bool = False) -> Path:
    """Write the file and its card, ``NAME.json`` for ``NAME``.

    Args:
        model: the variant.
        how: format and conventions.
        path: of the file.
        replace: what is there.

    Returns:
        Path of the card.

    Raises:
        OutputError: the place cannot be written, or a file is there.
        MissingPackageError: onnx is not installed.
    """
    content = exported_bytes(model, how)
    card = path.with_name(f"{path.name}.json")
    text = json.dumps(_card(model, how, path.name, content), indent=1) + "\n"
    write_together(
        [Output(path, content, replace=replace), Output(card, text.encode(), replace=replace)]
    )
    return card


def _card(model: EdmModel, how: Exported, file: str, content: bytes) -> dict[str, Any]:
    info, finished = model.info, model.finished
    detectors = [load_detector(name) for name in info.detectors]
    library = {"torchscript": "TORCH", "onnx": "ONNX"}[how.format]
    card: dict[str, Any] = {
        "format": _FORMAT,
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "description": info.description,
        "licence": finished.card.get("licence"),
        "unit": how.unit,
        "azimuth": how.azimuth,
        "inputs": "E in GeV, phi, theta in rad, one-hot of Par04SiW, Par04SciPb, ODD, FCCeeCLD, new"
        + ("" if how.noise == "inside" else "; noise, standard normal"),
        "order": ["ring", "azimuth", "depth"],
        "mesh": list(finished.network.config.mesh),
        "noise": how.noise,
        "detectors": list(info.detectors),
        "cells_mm": {d.name: {"r": d.mesh.dr_mm, "z": d.mesh.dz_mm} for d in detectors},
        "energy_range_mev": info.energy_range_mev,
        "theta_range": info.theta_range,
        "nfe": info.nfe,
        "parameters": info.parameters,
        "flops": info.flops,
        "post_processing": list(info.post_processing),
        "weights_sha256": info.weights_hash,
        "marginals_sha256": finished.marginals.card["weights_sha256"],
        "made_with": {"calobench": __version__, "torch": torch.__version__},
        "par04": {d.name: par04_lines(file, library, d) for d in detectors},
        "ddml": {d.name: ddml_lines(file, library, d) for d in detectors},
    }
    if how.format == "onnx":
        from reference_models.export.onnx_file import IR_VERSIONS

        card |= {"opset": how.opset, "ir_version": IR_VERSIONS[how.opset]}
    return card
