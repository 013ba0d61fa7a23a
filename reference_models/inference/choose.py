"""Choosing a backend: the fastest one that is installed and agrees with the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from calobench.errors import ModelError
from reference_models.inference.backend import Backend
from reference_models.inference.eager import Eager
from reference_models.inference.fused import Fused
from reference_models.network.dit import DiT

if TYPE_CHECKING:
    from reference_models.edm_model import EdmModel
    from reference_models.inference.single import SingleShower

__all__ = ["AUTO", "BACKENDS", "choose_backend", "deviation", "single_showers"]

Maker = Callable[[DiT, "float | None"], Backend]

AUTO = "auto"
"""The first of :data:`BACKENDS` that can be had."""
_MAX_DEVIATION = 1e-3
# Any noise level at which the network has most of the say would do.
_SIGMA = 1.0
# A graph has each evaluation by itself, and takes as much longer to be made.
_MOST_IN_GRAPH = 2


def _onnx(network: DiT, boundary: float | None) -> Backend:
    try:
        from reference_models.inference.onnx_runtime import OnnxRuntime
    except ImportError as error:
        raise ModelError(
            f"backend 'onnx' cannot be loaded ({error}); pip install 'calobench[onnx]', "
            f"or use '{AUTO}'"
        ) from error
    try:
        return OnnxRuntime(network, boundary)
    except Exception as error:
        # The runtime's own exceptions share no base class with anything else.
        raise ModelError(f"ONNX Runtime refuses the network: {error}; use '{AUTO}'") from error


BACKENDS: dict[str, Maker] = {"onnx": _onnx, "fused": Fused, "eager": Eager}
"""Fastest first; the last one is the network itself and always works."""


def choose_backend(name: str, network: DiT, boundary: float | None) -> Backend:
    """Make a backend for the CPU.

    Args:
        name: one of :data:`BACKENDS`, or :data:`AUTO`.
        network: the network, on the CPU.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.

    Raises:
        ModelError: there is no such backend, it is not installed, or it gives other numbers.
    """
    if name != AUTO:
        if name not in BACKENDS:
            raise ModelError(
                f"unknown backend '{name}'; use {AUTO} or one of {', '.join(BACKENDS)}"
            )
        return _checked(name, network, boundary)
    *faster, last = BACKENDS
    for candidate in faster:
        try:
            return _checked(candidate, network, boundary)
        except ModelError:
            continue
    return BACKENDS[last](network, boundary)


def _checked(name: str, network: DiT, boundary: float | None) -> Backend:
    backend = BACKENDS[name](network, boundary)
    off = deviation(backend, network, boundary)
    if not off < _MAX_DEVIATION:
        raise ModelError(
            f"backend '{name}' ({backend.label}) differs from the network by {off:.2g}; "
            f"use another one of {', '.join(BACKENDS)}"
        )
    return backend


def deviation(backend: Backend, network: DiT, boundary: float | None) -> float:
    """Largest difference to the network itself for one shower, in normalised units."""
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        x = torch.randn(1, *network.config.mesh, generator=generator) * _SIGMA
        conditions = torch.rand(1, network.config.condition_size, generator=generator)
        expected = Eager(network, boundary)(x, _SIGMA, conditions)
        return float((backend(x, _SIGMA, conditions) - expected).abs().max())


def single_showers(model: EdmModel, backend: Backend) -> SingleShower | None:
    """What makes showers that are asked for one by one; None where the steps of the model do.

    Args:
        model: few evaluations and ONNX Runtime as a backend are made one graph.
        backend: of its network.
    """
    if len(model.sigmas) - 1 > _MOST_IN_GRAPH or isinstance(backend, Fused | Eager):
        return None
    from reference_models.inference.single import SingleShower

    return SingleShower(model)
