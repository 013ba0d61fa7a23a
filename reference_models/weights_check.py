"""What weights and their card must hold before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from reference_models.marginals.shares import PARTS
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE, N_SLOTS

__all__ = ["WeightsCard", "require_tables"]

# A length that is not known beforehand: one or more.
_ANY = -1


class WeightsCard(BaseModel):
    """The part of a model card that is used; the rest is for people."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    weights_sha256: str
    detectors: list[str] = Field(min_length=1)
    parameters: int = Field(ge=1)
    network: dict[str, Any]
    calibration: dict[str, Any] = Field(default_factory=dict)


def require_tables(tensors: Mapping[str, Tensor], config: NetworkConfig, card: WeightsCard) -> None:
    """Check that there is every table that the card's network and variants need, and no other.

    Args:
        tensors: all of the file.
        config: shape of the network.
        card: names the calibrated variants.

    Raises:
        ValueError: a table is missing, unknown, has another shape, holds no real numbers, or holds NaN or
            infinities; names it.
    """
    if config.condition_size != CONDITION_SIZE:
        raise ValueError(f"condition_size is {config.condition_size}, it must be {CONDITION_SIZE}")
    shapes = _shapes(config, card)
    missing, unknown = shapes.keys() - tensors.keys(), tensors.keys() - shapes.keys()
    for names, what in ((missing, "no table"), (unknown, "an unknown table")):
        if names:
            raise ValueError(f"{what} '{min(names)}' ({len(names)} in all)")
    for name, shape in shapes.items():
        tensor = tensors[name]
        fits = len(shape) == tensor.ndim and all(
            there == wanted or (wanted == _ANY and there > 0)
            for there, wanted in zip(tensor.shape, shape, strict=True)
        )
        if not fits:
            raise ValueError(
                f"table '{name}' has the shape {tuple(tensor.shape)} instead of {shape}"
            )
        if not tensor.dtype.is_floating_point:
            raise ValueError(f"table '{name}' holds {tensor.dtype} instead of real numbers")
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"table '{name}' holds NaN or an infinite number")
    _require_meaning(tensors)
    count = sum(tensor.numel() for name, tensor in tensors.items() if name.startswith("network."))
    if card.parameters != count:
        raise ValueError(f"the card says {card.parameters} parameters, the network has {count}")


def _shapes(config: NetworkConfig, card: WeightsCard) -> dict[str, tuple[int, ...]]:
    n_r, _, n_z = config.mesh
    with torch.device("meta"):  # takes no memory
        network = DiT(config).state_dict()
    shapes = {f"network.{name}": tuple(tensor.shape) for name, tensor in network.items()}
    for name in ("mean", "slope", "scale"):
        shapes[f"transform.{name}"] = (N_SLOTS, n_r, 1, n_z)
    shapes["transform.cuts"] = (2,)
    for name, length in (("depth", 3), ("mean", 7), ("noise", 2), ("quantiles", 41)):
        shapes[f"energy.{name}"] = (N_SLOTS, length)
    for variant in card.calibration:
        for role in ("source", "target"):
            prefix = f"calibration.{variant}"
            shapes[f"{prefix}.cells.{role}"] = (N_SLOTS, 3, n_r, n_z // 5, _ANY)
            for part in PARTS:
                length = n_r if part == "rings" else n_z
                shapes[f"{prefix}.{part}.{role}.mean"] = (N_SLOTS, length, 4)
                shapes[f"{prefix}.{part}.{role}.log_deviation"] = (N_SLOTS, length, 2)
    return shapes


def _require_meaning(tensors: Mapping[str, Tensor]) -> None:
    """Check what a table of the right shape can still get wrong."""
    offset, cut = tensors["transform.cuts"].tolist()
    if not (offset > 0 and cut >= 0):
        raise ValueError(f"table 'transform.cuts' holds {offset} and {cut}; MeV above zero")
    if bool((tensors["transform.scale"] <= 0).any()):
        raise ValueError("table 'transform.scale' holds deviations that are not above zero")
    for name, tensor in tensors.items():
        if name.endswith((".cells.source", ".cells.target")) and bool(
            (tensor.diff(dim=-1) < 0).any()
        ):
            raise ValueError(f"table '{name}' holds quantiles that fall")
    for variant in {name.rpartition(".cells.")[0] for name in tensors if ".cells." in name}:
        lengths = {tensors[f"{variant}.cells.{role}"].shape[-1] for role in ("source", "target")}
        if len(lengths) > 1:
            raise ValueError(f"tables '{variant}.cells' have unequal lengths {sorted(lengths)}")
