"""Devices that a model can be moved to."""

from __future__ import annotations

import re

import torch
from torch import nn

from calobench.errors import DeviceError

__all__ = ["device_of", "require_device"]


def require_device(name: str) -> torch.device:
    """The device called ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        DeviceError: no such name, or the device is not there.
    """
    match = re.fullmatch(r"cpu|cuda(?::(\d+))?", name)
    if match is None:
        raise DeviceError(f"unknown device '{name}'; use cpu, cuda or cuda:N")
    if name == "cpu":
        return torch.device(name)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(match[1] or 0) >= count:
        raise DeviceError(
            f"there is no device '{name}' ({count} CUDA devices here); use "
            + ("cpu" if count == 0 else f"cpu, or cuda:0 to cuda:{count - 1}")
        )
    return torch.device(name)


def device_of(network: nn.Module) -> torch.device:
    """Device of the parameters of a network."""
    return next(network.parameters()).device
