"""Finished models on disk: the shape network with its tables, and the marginals beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from calobench.errors import WeightsError
from reference_models.calibration.tables import KNOTS, Calibration, calibration_shapes, identity
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.scale import SumsScale
from reference_models.marginals.standard import Standard
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preprocessing import CONDITION_SIZE, ShowerTransform
from reference_models.samplers.sampling import Sampling, evaluations
from reference_models.weights_check import (
    STUDENTS,
    MarginalsCard,
    ModelCard,
    marginals_shapes,
    model_shapes,
    require_tables,
)
from reference_models.weights_file import (
    arrays,
    halves,
    holding_what_the_card_says,
    network_sha256,
    parameters,
    part,
    prefixed,
    read_weights,
    write_weights,
)

__all__ = [
    "WEIGHTS_DIR",
    "FinishedMarginals",
    "FinishedModel",
    "load_marginals",
    "load_model",
    "save_marginals",
    "save_model",
]

WEIGHTS_DIR = Path(__file__).parent / "weights"
_MAX_KNOTS = 1000


@dataclass(frozen=True)
class FinishedMarginals:
    """The model of the marginals, with its card."""

    model: MarginalsModel
    card: dict[str, Any]


@dataclass(frozen=True)
class FinishedModel:
    """Everything that sampling needs, and the card that says where it comes from.

    Attributes:
        network: of the shape, given the marginals.
        transform: between cells and what the network sees.
        scale: of the marginals that the network is told.
        marginals: draws them.
        card: the model card.
        calibrations: of the showers that the network makes, by the label of the way of sampling with which
            they were measured.
    """

    network: DiT
    transform: ShowerTransform
    scale: SumsScale
    marginals: FinishedMarginals
    card: dict[str, Any]
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    def calibration_for(self, sampling: Sampling) -> Calibration | None:
        """The one that was measured with that way of sampling; None where there is none."""
        return self.calibrations.get(sampling.label)

    def blank(self) -> Calibration:
        """None at all: white noise, and cells below the cut of the training empty."""
        n_r, _, n_z = self.network.config.mesh
        return identity(n_r, n_z, self.transform.cut_mev)

    def only_noise(self, sampling: Sampling) -> Calibration:
        """What stands in for a calibration that is missing: the noise of another, and a cut.

        Which patterns a network has not learnt does not depend on the sampler, so that the noise comes from
        the nearest number of evaluations, as a ratio. A map of cells does: it also undoes the errors that a
        sampler makes with that many evaluations, and would put them into another's showers.
        """
        blank = self.blank()
        if not self.calibrations:
            return blank

        def apart(label: str) -> float:
            return abs(math.log(evaluations(label) / sampling.nfe))

        nearest = self.calibrations[min(self.calibrations, key=apart)]
        return replace(blank, noise=nearest.noise, ring_noise=nearest.ring_noise)


def save_marginals(path: Path, model: MarginalsModel, card: Mapping[str, Any]) -> None:
    """Write the model of the marginals, its network in half precision, with its card.

    Raises:
        OutputError: the place cannot be written.
        WeightsError: a parameter is NaN, or too large for half precision.
    """
    network = model.network
    tensors = {**halves("network", network), **prefixed("standard", vars(model.standard))}
    write_weights(
        path,
        tensors,
        {
            **card,
            "network": network.shape,
            "layers": model.n_z,
            "evaluations": model.evaluations,
            "parameters": parameters(network),
        },
    )


def load_marginals(path: Path) -> FinishedMarginals:
    """Read the model of the marginals.

    Raises:
        WeightsError: a file is missing or broken, or the two do not belong together.
    """
    tensors, stated, card = read_weights(path, MarginalsCard)
    shape = stated.network
    with holding_what_the_card_says(path):
        shapes = marginals_shapes(stated)
        # Weights from before there was one have none.
        tensors = {"standard.offset": torch.zeros(shapes["standard.offset"]), **tensors}
        require_tables(tensors, shapes, stated)
        network = MarginalsNetwork(shape.size, CONDITION_SIZE, shape.width, shape.blocks)
        network.load_state_dict(part("network", tensors))
        standard = Standard(**arrays("standard", tensors))
        model = MarginalsModel(network, standard, stated.layers, stated.evaluations)
    network.eval().requires_grad_(False)
    return FinishedMarginals(model, card)


def save_model(path: Path, model: FinishedModel) -> None:
    """Write the network of the shape and its calibrations, in half precision, other tables and its card.

    The card names the file of the marginals, which lies beside it.

    Raises:
        OutputError: the place cannot be written.
        WeightsError: a parameter is NaN, or too large for half precision.
    """
    network = halves("network", model.network)
    tensors = {
        **network,
        **prefixed("transform", model.transform.tensors()),
        **prefixed("scale", vars(model.scale)),
    }
    for label, calibration in model.calibrations.items():
        tables = {name: table.astype(np.float16) for name, table in vars(calibration).items()}
        tensors |= prefixed(f"calibration.{label}", tables)
    marginals = model.marginals.card
    card = {
        **model.card,
        "network": model.network.config.to_dict(),
        "parameters": parameters(model.network),
        "network_sha256": network_sha256(network),
        "marginals": {"file": marginals["weights_file"], "sha256": marginals["weights_sha256"]},
    }
    write_weights(path, tensors, card)


def load_model(path: Path) -> FinishedModel:
    """Read weights and card, and the marginals beside them.

    Raises:
        WeightsError: a file is missing or broken, or they do not belong together.
    """
    tensors, stated, card = read_weights(path, ModelCard)
    with holding_what_the_card_says(path):
        config = NetworkConfig.from_dict(stated.network)
        labels = _labels(tensors, stated)
        tensors = {_relabelled(name, labels): tensor for name, tensor in tensors.items()}
        for label in labels.values():  # a file from before has none: its rings are not correlated
            rings = calibration_shapes(config.mesh[0], config.mesh[2])["ring_noise"]
            tensors.setdefault(f"calibration.{label}.ring_noise", torch.zeros(rings))
        knots = {label: _knots(tensors, label) for label in labels.values()}
        require_tables(tensors, model_shapes(config, knots), stated)
        network = DiT(config)
        network.load_state_dict(part("network", tensors))
        transform = ShowerTransform.from_tensors(part("transform", tensors))
        scale = SumsScale(**arrays("scale", tensors))
        calibrations = {
            label: Calibration(**arrays(f"calibration.{label}", tensors))
            for label in sorted(labels.values())
        }
    marginals = load_marginals(path.with_name(stated.marginals.file))
    if marginals.card["weights_sha256"] != stated.marginals.sha256:
        raise WeightsError(
            f"{path} was trained with other marginals than those in {stated.marginals.file}; restore both "
            "files"
        )
    network.eval().requires_grad_(False)
    if "calibrations" in card:
        said = {labels.get(key, key): one for key, one in card["calibrations"].items()}
        card = {**card, "calibrations": said}
    return FinishedModel(network, transform, scale, marginals, card, calibrations)


def _knots(tensors: Mapping[str, torch.Tensor], label: str) -> int:
    """Of the maps of a calibration; the usual number where they are no maps, which are then refused."""
    match tuple(getattr(tensors.get(f"calibration.{label}.cell_map"), "shape", ())):
        case (_, _, knots, _, _) if 1 < knots <= _MAX_KNOTS:
            return int(knots)
    return KNOTS


def _labels(tensors: Mapping[str, object], card: ModelCard) -> dict[str, str]:
    """Labels of the calibrations by what they are called in the names ``calibration.CALLED.table``.

    Files from before samplers were in these names have the number of evaluations alone; the card says the
    rest.

    Raises:
        ValueError: a name is no label, the card does not say what a number is of, or two are of the same way
            of sampling.
    """
    labels: dict[str, str] = {}
    for called in sorted({n.split(".")[1] for n in tensors if n.startswith("calibration.")}):
        label = called
        if re.fullmatch("[1-9][0-9]{0,3}", called):
            if called not in card.calibrations:
                raise ValueError(
                    f"the card does not say of which sampler calibration '{called}' is"
                )
            of = card.calibrations[called]
            schedule = of.schedule or ("nested" if card.kind in STUDENTS else "karras")
            label = Sampling(of.sampler, int(called), of.options, schedule).label
        evaluations(label)
        if label in labels.values():
            raise ValueError(f"two calibrations of '{label}'")
        labels[called] = label
    return labels


def _relabelled(name: str, labels: Mapping[str, str]) -> str:
    first, _, rest = name.partition(".")
    if first != "calibration":
        return name
    called, _, table = rest.partition(".")
    return f"{first}.{labels[called]}.{table}"
