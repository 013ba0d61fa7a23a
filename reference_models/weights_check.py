"""Checks of weights and their card before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from reference_models.calibration.tables import calibration_shapes
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import EVALUATIONS
from reference_models.marginals.standard import standard_shapes
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE, N_SLOTS
from reference_models.samplers.noise import MAX_CORRELATION

__all__ = [
    "STUDENTS",
    "CalibrationCard",
    "MarginalsCard",
    "ModelCard",
    "WeightsCard",
    "marginals_shapes",
    "model_shapes",
    "require_tables",
]

Shapes = dict[str, tuple[int, ...]]


class WeightsCard(BaseModel):
    """The part of a card that is used; the rest is for people."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    weights_file: str
    weights_sha256: str
    detectors: list[str] = Field(min_length=1)
    parameters: int = Field(ge=1)


class MarginalsFile(BaseModel):
    """Path of the marginals that a network was trained with."""

    model_config = ConfigDict(strict=True)

    file: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="beside the weights")
    sha256: str


STUDENTS = frozenset({"distill", "progressive"})
"""Kinds of trainings that make students."""


class CalibrationCard(BaseModel):
    """How the showers were sampled with which a calibration was measured.

    ``schedule`` is missing in cards from before it was written there.
    """

    model_config = ConfigDict(strict=True)

    sampler: str = Field(pattern=r"^[a-z0-9_]+$")
    options: dict[str, float] = Field(default_factory=dict)
    schedule: str | None = None


class ModelCard(WeightsCard):
    """Of the network of the shape."""

    network: dict[str, Any]
    marginals: MarginalsFile
    kind: str | None = None
    calibrations: dict[str, CalibrationCard] = Field(default_factory=dict)


class MarginalsNetworkCard(BaseModel):
    """Size of the network of the marginals."""

    model_config = ConfigDict(strict=True)

    size: int = Field(ge=4, le=1000)
    width: int = Field(ge=1, le=8192)
    blocks: int = Field(ge=1, le=200)


class MarginalsCard(WeightsCard):
    """Of the model of the marginals."""

    network: MarginalsNetworkCard
    layers: int = Field(ge=1, le=1000)
    # A card from before there were students does not say it.
    evaluations: int = Field(default=EVALUATIONS, ge=1, le=1000)


def require_tables(tensors: Mapping[str, Tensor], shapes: Shapes, card: WeightsCard) -> None:
    """Check that there is every table that is needed, and no other.

    Args:
        tensors: all of the file.
        shapes: of every table.
        card: says how many parameters the network has.

    Raises:
        ValueError: a table is missing, unknown, has another shape, holds no real numbers, or holds NaN or
            infinities, deviations that are not above zero, or a calibration that cannot be; names it.
    """
    missing, unknown = shapes.keys() - tensors.keys(), tensors.keys() - shapes.keys()
    for names, what in ((missing, "no table"), (unknown, "an unknown table")):
        if names:
            raise ValueError(f"{what} '{min(names)}' ({len(names)} in all)")
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise ValueError(
                f"table '{name}' has the shape {tuple(tensor.shape)} instead of {shape}"
            )
        if tensor.dtype not in _PRECISIONS:
            raise ValueError(
                f"table '{name}' holds {tensor.dtype} instead of half, single or double precision"
            )
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"table '{name}' holds NaN or an infinite number")
        if name in _DEVIATIONS and bool((tensor <= 0).any()):
            raise ValueError(f"table '{name}' holds deviations that are not above zero")
    if "transform.cuts" in tensors:
        offset, cut = tensors["transform.cuts"].tolist()
        if not (offset > 0 and cut >= 0):
            raise ValueError(f"table 'transform.cuts' holds {offset} and {cut}; MeV above zero")
    _require_possible(tensors)
    count = sum(tensor.numel() for name, tensor in tensors.items() if name.startswith("network."))
    if card.parameters != count:
        raise ValueError(f"the card says {card.parameters} parameters, the network has {count}")


def _require_possible(tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        group, _, last = name.partition(".")
        if group == "calibration" and last.endswith("noise"):
            if bool((tensor.abs() > MAX_CORRELATION).any()):
                raise ValueError(f"table '{name}' holds correlations beyond {MAX_CORRELATION:.2f}")
        elif group == "calibration" and last.endswith(".cell_map"):
            if bool((tensor.diff(dim=2) < 0).any()):
                raise ValueError(f"table '{name}' holds a map that falls")
        elif name == "standard.quantiles" and bool((tensor.diff(dim=2) < 0).any()):
            raise ValueError(f"table '{name}' holds quantiles that fall")


_PRECISIONS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
_DEVIATIONS = frozenset({"transform.scale", "scale.deviation"})


def model_shapes(config: NetworkConfig, knots: Mapping[str, int] | None = None) -> Shapes:
    """Tables of the network of the shape, and those of its calibrations.

    Args:
        config: of the network.
        knots: of the maps of each calibration, by the label of the way of sampling that it is for.

    Raises:
        ValueError: the network is told nothing of the marginals.
    """
    n_r, _, n_z = config.mesh
    told = config.condition_size - CONDITION_SIZE
    if told != n_z + n_r + 2:
        raise ValueError(
            f"condition_size is {config.condition_size}, it must be {CONDITION_SIZE + n_z + n_r + 2}"
        )
    with torch.device("meta"):  # takes no memory
        network = DiT(config)
    shapes = _of_network(network)
    for name in ("mean", "slope", "scale"):
        shapes[f"transform.{name}"] = (N_SLOTS, n_r, 1, n_z)
    shapes["transform.cuts"] = (2,)
    for name in ("mean", "slope", "deviation"):
        shapes[f"scale.{name}"] = (N_SLOTS, told)
    for label, number in (knots or {}).items():
        tables = calibration_shapes(n_r, n_z, number)
        shapes |= {f"calibration.{label}.{name}": shape for name, shape in tables.items()}
    return shapes


def marginals_shapes(card: MarginalsCard) -> Shapes:
    """Tables of the model of the marginals."""
    size = card.network.size
    with torch.device("meta"):
        network = MarginalsNetwork(size, CONDITION_SIZE, card.network.width, card.network.blocks)
    shapes = _of_network(network)
    tables = standard_shapes(size)
    return shapes | {f"standard.{name}": shape for name, shape in tables.items()}


def _of_network(network: nn.Module) -> Shapes:
    return {f"network.{name}": tuple(t.shape) for name, t in network.state_dict().items()}
