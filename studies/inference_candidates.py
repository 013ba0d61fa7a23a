"""Ways to evaluate the network that are compared, the ones that calobench does not use included."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference_models.inference.backend import NoiseLevels
from reference_models.inference.choose import BACKENDS
from reference_models.inference.folded import FoldedWeights, fold
from reference_models.inference.fused import evaluate
from reference_models.network.dit import DiT
from reference_models.network.preconditioning import Denoiser

__all__ = ["BATCH_OF_TRACE", "Path", "candidates", "compiled"]

Path = Callable[[Tensor, float, Tensor], Tensor]
BATCH_OF_TRACE = 1
"""Traced graphs keep the batch they were traced with."""


class _FoldedNetwork(nn.Module):
    """The rearranged weights as a module, to be traced or compiled."""

    def __init__(self, weights: FoldedWeights) -> None:
        super().__init__()
        self._weights = weights

    def forward(self, x: Tensor, noise: Tensor, conditions: Tensor) -> Tensor:
        return evaluate(self._weights, x[0], noise, conditions)[None]


def _inputs(network: DiT) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(BATCH_OF_TRACE, *network.config.mesh, generator=generator)
    return x, torch.rand(BATCH_OF_TRACE, network.config.condition_size, generator=generator)


@contextmanager
def _quiet() -> Iterator[None]:
    """Newer versions of PyTorch say at every turn that TorchScript is deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _module_path(module: Callable[..., Tensor]) -> Path:
    """A denoiser as a module of (x, sigma, conditions)."""

    @torch.inference_mode()
    def call(x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        output: Tensor = module(x, torch.full((len(x),), sigma), conditions)
        return output

    return call


def _folded_path(module: Callable[..., Tensor], levels: NoiseLevels) -> Path:
    """The rearranged network as a module of one shower (x, noise, conditions)."""

    @torch.inference_mode()
    def call(x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        skip, out, total, noise = levels[sigma]
        scaled = x / total
        rows = [slice(k, k + 1) for k in range(len(x))]
        raw = torch.cat([module(scaled[row], noise, conditions[row]) for row in rows])
        return raw.mul_(out).add_(x, alpha=skip)

    return call


def _frozen(module: nn.Module, arguments: tuple[Tensor, ...], *, optimise: bool) -> nn.Module:
    with _quiet(), torch.no_grad():
        # torch.jit has no types.
        jit: Any = torch.jit
        traced: nn.Module = jit.freeze(jit.trace(module.eval(), arguments).eval())
        if optimise:
            traced = jit.optimize_for_inference(traced)
        for _ in range(3):  # the first calls profile and rewrite the graph
            traced(*arguments)
    return traced


def candidates(network: DiT, boundary: float | None) -> dict[str, Callable[[], Path]]:
    """Makers by name; importing a runtime that is not installed raises ``ImportError``."""
    x, conditions = _inputs(network)
    sigma, levels = torch.full((BATCH_OF_TRACE,), 1.0), NoiseLevels(network, boundary)

    def script(*, optimise: bool) -> Path:
        module = Denoiser(network, boundary)
        return _module_path(_frozen(module, (x, sigma, conditions), optimise=optimise))

    def folded_script() -> Path:
        module = _FoldedNetwork(fold(network))
        arguments = (x, levels[1.0].noise.clone(), conditions)
        return _folded_path(_frozen(module, arguments, optimise=False), levels)

    return {
        "eager": lambda: BACKENDS["eager"](network, boundary),
        "TorchScript, frozen": lambda: script(optimise=False),
        "TorchScript, frozen, optimize_for_inference": lambda: script(optimise=True),
        "fused": lambda: BACKENDS["fused"](network, boundary),
        "fused, TorchScript, frozen": folded_script,
        **{
            f"ONNX Runtime, {level}": partial(_onnx, network, levels, level)
            for level in ("DISABLE_ALL", "ENABLE_BASIC", "ENABLE_EXTENDED")
        },
        "onnx": lambda: BACKENDS["onnx"](network, boundary),
    }


def compiled(network: DiT, boundary: float | None) -> dict[str, Callable[[], Path]]:
    """The same with ``torch.compile``, which needs a C++ compiler when it runs."""
    levels = NoiseLevels(network, boundary)
    return {
        "torch.compile": lambda: _module_path(torch.compile(Denoiser(network, boundary).eval())),
        "fused, torch.compile": lambda: _folded_path(
            torch.compile(_FoldedNetwork(fold(network)).eval()), levels
        ),
    }


def _onnx(network: DiT, levels: NoiseLevels, level: str) -> Path:
    from reference_models.inference.onnx_graph import INPUTS, onnx_model
    from reference_models.inference.onnx_runtime import session

    runner = session(onnx_model(fold(network)), f"ORT_{level}")

    def evaluate_one(x: Tensor, noise: Tensor, conditions: Tensor) -> Tensor:
        values = (x[0].numpy(), noise.numpy(), conditions.numpy())
        raw: np.ndarray = runner.run(None, dict(zip(INPUTS, values, strict=True)))[0]
        return torch.from_numpy(raw)[None]

    return _folded_path(evaluate_one, levels)
