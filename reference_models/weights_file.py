"""A safetensors file and the JSON card beside it: written together, and checked against each other."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from calobench._util.commit import Output, write_together
from calobench._util.files import UnreadableError, read_bytes, read_text
from calobench._util.json_text import parse_json
from calobench._util.validation import describe_validation_error
from calobench.errors import WeightsError
from reference_models.weights_check import WeightsCard

__all__ = [
    "arrays",
    "halves",
    "holding_what_the_card_says",
    "network_sha256",
    "parameters",
    "part",
    "prefixed",
    "read_weights",
    "write_weights",
]

Tensors = Mapping[str, Tensor]
Card = TypeVar("Card", bound=WeightsCard)

# The bundled ones have 4 MB.
_MAX_BYTES = 2_000_000_000
_MAX_CARD_BYTES = 10_000_000


def write_weights(path: Path, tensors: Tensors, card: Mapping[str, Any]) -> None:
    """Write ``path`` and its card, ``path`` with suffix .json; the card gets the file's name and SHA-256.

    Raises:
        OutputError: the place cannot be written.
    """
    content = save(dict(tensors))
    full = {
        **card,
        "weights_file": path.name,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(full, indent=1) + "\n"
    write_together(
        [
            Output(path.with_suffix(".json"), text.encode(), replace=True),
            Output(path, content, replace=True),
        ]
    )


def read_weights(path: Path, kind: type[Card]) -> tuple[dict[str, Tensor], Card, dict[str, Any]]:
    """Tensors, card as far as it is used, and all of the card; they belong together.

    Args:
        path: safetensors file, with its card beside it.
        kind: of the card.

    Raises:
        WeightsError: a file is missing, broken or too large, the card is not of its kind, or the hash is not
            the card's.
    """
    try:
        content = read_bytes(path, _MAX_BYTES)
        card = parse_json(read_text(path.with_suffix(".json"), _MAX_CARD_BYTES))
        stated = kind.model_validate(card)
    except ValidationError as error:
        raise WeightsError(
            f"the card of {path} is damaged ({describe_validation_error(error)}); install calobench again"
        ) from error
    except (UnreadableError, ValueError) as error:
        raise WeightsError(
            f"cannot read weights {path} with their card: {error}; install calobench again, take them "
            "from its repository, which has some that are not installed, or make them with 'python -m "
            "reference_models train'"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != stated.weights_sha256:
        raise WeightsError(
            f"{path} has SHA-256 {digest[:12]}..., its card says {stated.weights_sha256[:12]}...: the file "
            "was changed or cut; restore the file or install calobench again"
        )
    with holding_what_the_card_says(path):
        return load(content), stated, card


@contextlib.contextmanager
def holding_what_the_card_says(path: Path) -> Iterator[None]:
    """Tell errors inside as weights and card that do not fit.

    Raises:
        WeightsError: anything of that kind was raised inside.
    """
    try:
        yield
    except (SafetensorError, LookupError, TypeError, RuntimeError, ValueError) as error:
        words = " ".join(str(error).split())[:300]
        raise WeightsError(f"{path} does not hold what its card says: {words}") from error


def parameters(network: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def network_sha256(tensors: Tensors) -> str:
    """SHA-256 of some tensors as a file would hold them."""
    return hashlib.sha256(save(dict(tensors))).hexdigest()


def halves(prefix: str, network: nn.Module) -> dict[str, Tensor]:
    """The network's tensors in half precision, each name with a prefix.

    Raises:
        WeightsError: a parameter is NaN, or too large for half precision.
    """
    rounded = {name: t.half() for name, t in network.state_dict().items()}
    for name, tensor in rounded.items():
        bad = network.state_dict()[name][~torch.isfinite(tensor)]
        if bad.numel():
            count = f"{bad.numel()} such value" + "s" * (bad.numel() > 1)
            raise WeightsError(
                f"parameter '{name}' of the network holds {float(bad[0]):g} ({count}); weights are stored in "
                f"half precision, up to {torch.finfo(torch.float16).max:g}: the training has diverged, "
                "repeat it with a smaller 'rate'"
            )
    return prefixed(prefix, rounded)


def prefixed(prefix: str, tensors: Mapping[str, Tensor | NDArray[Any]]) -> dict[str, Tensor]:
    """Tensors, each name with a prefix."""
    return {
        f"{prefix}.{name}": (torch.from_numpy(t) if isinstance(t, np.ndarray) else t).contiguous()
        for name, t in tensors.items()
    }


def part(prefix: str, tensors: Tensors) -> dict[str, Tensor]:
    """Tensors with that prefix, without it; half precision becomes single."""
    dot = f"{prefix}."
    return {
        name.removeprefix(dot): t.float() if t.dtype.itemsize == 2 else t
        for name, t in tensors.items()
        if name.startswith(dot)
    }


def arrays(prefix: str, tensors: Tensors) -> dict[str, NDArray[Any]]:
    """The same as arrays."""
    return {name: np.asarray(tensor.numpy()) for name, tensor in part(prefix, tensors).items()}
