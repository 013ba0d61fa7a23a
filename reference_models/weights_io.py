"""Finished models on disk: one safetensors file and one JSON model card beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from calobench._util.commit import Output, write_together
from calobench._util.files import UnreadableError, read_bytes, read_text
from calobench._util.json_text import parse_json
from calobench._util.validation import describe_validation_error
from calobench.errors import WeightsError
from reference_models.marginals.calibration import Calibration
from reference_models.marginals.energy import VisibleEnergyModel
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import ShowerTransform
from reference_models.weights_check import WeightsCard, require_tables

__all__ = ["WEIGHTS_DIR", "FinishedModel", "load_model", "save_model"]

# The bundled ones have 4 MB.
_LARGEST_BYTES = 2_000_000_000
_LARGEST_CARD_BYTES = 10_000_000

WEIGHTS_DIR = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class FinishedModel:
    """Everything that sampling needs, and the card that says where it comes from.

    ``calibrations`` has one entry a variant (these weights with one sampler).
    """

    network: DiT
    transform: ShowerTransform
    energy: VisibleEnergyModel
    card: dict[str, Any]
    calibrations: dict[str, Calibration] = field(default_factory=dict)


def _prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor.contiguous() for name, tensor in tensors.items()}


def _part(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")
    }


def save_model(path: Path, model: FinishedModel) -> None:
    """Write ``path`` (safetensors; network in half precision) and ``path`` with suffix .json.

    The card gets the network's shape, its number of parameters, and SHA-256 of the file and of the
    network alone, which a later calibration leaves as it is.
    """
    network = _prefixed(
        "network", {name: tensor.half() for name, tensor in model.network.state_dict().items()}
    )
    energy = {name: torch.from_numpy(table) for name, table in model.energy.tensors().items()}
    tensors = (
        network | _prefixed("transform", model.transform.tensors()) | _prefixed("energy", energy)
    )
    for variant, tables in model.calibrations.items():
        tensors |= _prefixed(f"calibration.{variant}", tables.tensors())
    content = save(tensors)
    card = {
        **model.card,
        "network": model.network.config.to_dict(),
        "parameters": sum(p.numel() for p in model.network.parameters()),
        "network_sha256": hashlib.sha256(save(network)).hexdigest(),
        "weights_file": path.name,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(card, indent=1) + "\n"
    write_together(
        [
            Output(path.with_suffix(".json"), text.encode(), replace=True),
            Output(path, content, replace=True),
        ]
    )


def load_model(path: Path) -> FinishedModel:
    """Read weights and card, and check that they belong together.

    Raises:
        WeightsError: a file is missing or broken, or the hash is not the card's.
    """
    try:
        content = read_bytes(path, _LARGEST_BYTES)
        card = parse_json(read_text(path.with_suffix(".json"), _LARGEST_CARD_BYTES))
        stated = WeightsCard.model_validate(card)
    except ValidationError as error:
        raise WeightsError(
            f"the card of {path} is damaged ({describe_validation_error(error)}); install calobench again"
        ) from error
    except (UnreadableError, ValueError) as error:
        raise WeightsError(
            f"cannot read weights {path} with their card: {error}; install calobench again or make "
            "them with 'python -m reference_models train'"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != stated.weights_sha256:
        raise WeightsError(
            f"{path} has SHA-256 {found[:12]}..., its card says {stated.weights_sha256[:12]}...: the file "
            "was changed or cut; restore the file or install calobench again"
        )
    try:
        tensors = load(content)
        config = NetworkConfig.from_dict(stated.network)
        require_tables(tensors, config, stated)
        network = DiT(config)
        network.load_state_dict({k: v.float() for k, v in _part("network", tensors).items()})
        transform = ShowerTransform.from_tensors(_part("transform", tensors))
        tables = {k: np.asarray(v.numpy()) for k, v in _part("energy", tensors).items()}
        energy = VisibleEnergyModel(**tables)
        calibrations = {
            variant: Calibration.from_tensors(_part(f"calibration.{variant}", tensors))
            for variant in stated.calibration
        }
    except (SafetensorError, LookupError, TypeError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} does not hold what its card says: {error}") from error
    network.eval().requires_grad_(False)
    return FinishedModel(network, transform, energy, card, calibrations)
