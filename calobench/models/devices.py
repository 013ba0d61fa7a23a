"""Device of a model: the CPU, or a CUDA device that it can be moved to.

A model moves if it offers ``to`` (:class:`~calobench.models.protocol.MovableModel`), or if its factory
takes an argument ``device``. Parallel sums of a GPU differ in their last digits: the same seed gives the
same showers to 1e-3 of their energy on either, and the same bytes on one.
"""

from __future__ import annotations

import re
import sys
from typing import Any, cast

from calobench.errors import DeviceError
from calobench.models.calls import model_info, third_party
from calobench.models.protocol import MovableModel, ShowerModel

__all__ = ["AUTO", "on_device", "require_cuda", "require_device_name"]

AUTO = "auto"
"""The first CUDA device where there is one and the model can be moved, else where the model is."""

_NAME = re.compile(r"cpu|cuda(?::(\d+))?")


def require_device_name(text: str, option: str = "--device") -> str:
    """``text``, if it is ``auto`` or names a device; whether that is there is not looked for.

    Raises:
        DeviceError: it names none.
    """
    if text != AUTO and not _NAME.fullmatch(text):
        raise DeviceError(f"{option} '{text}' is no device; give auto, cpu, cuda or cuda:<number>")
    return text


def require_cuda(device: str, option: str = "--device") -> Any:
    """``torch.cuda``, which has ``device``.

    Args:
        device: ``cuda`` or ``cuda:1``.
        option: that the user gave it with, for the message.

    Raises:
        DeviceError: torch, or the device, is not there.
    """
    try:
        import torch
    except ImportError as error:
        raise DeviceError(f"{option} {device} needs torch; install it, or give cpu") from error
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = int(device.partition(":")[2] or 0)
    if index >= count:
        raise DeviceError(
            f"{option} {device}: there is no such device ({count} CUDA devices here); give "
            + ("cpu" if count == 0 else f"cuda:0 to cuda:{count - 1}, or cpu")
        )
    return torch.cuda


def on_device(model: ShowerModel, device: str, name: str, option: str = "--device") -> ShowerModel:
    """The model, moved to a device.

    Args:
        model: may offer ``to``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
        name: what the user calls the model.
        option: that the user gave the device with, for messages.

    Raises:
        DeviceError: there is no such device, or the model runs elsewhere and cannot be moved.
    """
    require_device_name(device, option)
    movable = cast("MovableModel", model) if callable(getattr(model, "to", None)) else None
    if device == AUTO:
        if movable is None or not _cuda_in_use():
            return model
        device = "cuda"
    if device != "cpu":
        require_cuda(device, option).set_device(int(device.partition(":")[2] or 0))
    if movable is not None and model_info(model, name).device != device:
        with third_party(name, f"was moved to {device}"):
            movable.to(device)
    actual = model_info(model, name).device
    if actual.partition(":")[0] != device.partition(":")[0]:
        raise DeviceError(
            f"model '{name}' runs on {actual} and cannot be moved to {device}: it offers no to(device); "
            f"leave {option} out, or give {option} {actual}"
        )
    return model


def _cuda_in_use() -> bool:
    """Whether there is a CUDA device that torch can use; a model that has not imported torch needs none."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())
