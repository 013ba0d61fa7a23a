"""Sizes of what can differ between PyTorch, TorchScript and ONNX Runtime, each in a minimal graph.

    python studies/parity_graphs.py

The sizes go into ``docs/results/parity_graphs.json``, from which the table in ``docs/parity.md`` is made. The
tests in ``tests/unit/reference_models/test_parity_graphs.py`` use the same graphs.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import erf
from torch import Tensor, nn

from calobench.detectors import load_detector
from calobench.models.files.convention import inputs_of
from calobench.models.files.torchscript import quiet_jit
from calobench.showers import Conditions
from reference_models.edm_model import EdmModel
from reference_models.export.chain import Chain
from reference_models.inference.onnx_ops import Node, OnnxOps
from reference_models.parity.first_node import first_difference, steps_of
from reference_models.parity.paths import double_precision, session_of
from reference_models.parity.record import Difference, difference
from reference_models.samplers.schedule import karras_sigmas
from reference_models.variants import MODELS

__all__ = [
    "ErfGelu",
    "Numbers",
    "ScaledTwice",
    "Tensors",
    "against_double",
    "cast_of_angles",
    "frozen_noise_level",
    "layer_norm",
    "two_gelus",
]

RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "parity_graphs.json"
MEANS = (0.0, 1000.0)


def run(
    ops: OnnxOps, output: Node, x: NDArray[np.float32], level: str = "all"
) -> NDArray[np.float32]:
    """The output of a graph with one input, at a level of optimisation."""
    graph = ops.model({"x": list(x.shape)}, output, list(x.shape), "y", 8)
    result: NDArray[np.float32] = session_of(graph, level).run(None, {"x": x})[0]
    return result


def layer_norm(mean: float, level: str = "all") -> float:
    """Largest error of a layer norm in pieces, of 4 x 144 values with this mean and deviation 1."""
    noise = np.random.default_rng(0).standard_normal((4, 144))
    x = (noise + mean).astype(np.float32)
    ops = OnnxOps(17)
    x_in = ops.given("x")
    off = x_in - ops.add("ReduceMean", x_in, axes=[-1])
    variance = ops.add("ReduceMean", ops.add("Pow", off, 2.0), axes=[-1])
    result = run(ops, off / ops.add("Sqrt", variance + 1e-6), x, level)
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=1, keepdims=True)
    expected = centred / np.sqrt(wide.var(axis=1, keepdims=True) + 1e-6)
    return float(np.abs(result - expected).max())


def two_gelus(formula: str, level: str = "all") -> tuple[float, float]:
    """Largest differences of a GELU in ONNX Runtime from the same formula, and from the one by erf.

    Args:
        formula: ``tanh`` or ``erf``.
        level: of optimisation.
    """
    x = np.linspace(-5, 5, 2001, dtype=np.float32)[None]
    ops = OnnxOps(17) if formula == "tanh" else ErfGelu(17)
    result = run(ops, ops.gelu(ops.given("x")), x, level)
    exact = x * 0.5 * (1 + erf(x.astype(np.float64) / math.sqrt(2)))
    same = exact
    if formula == "tanh":
        same = torch.nn.functional.gelu(torch.from_numpy(x), approximate="tanh").numpy()
    return float(np.abs(result - same).max()), float(np.abs(result - exact).max())


def cast_of_angles() -> float:
    """Largest error of a sine whose angle, about 1,000 rad, is rounded to single precision."""
    angle = np.linspace(900, 1100, 1001)
    single = np.sin(angle.astype(np.float32)).astype(np.float64)
    return float(np.abs(single - np.sin(angle)).max())


class Tensors(nn.Module):
    """A denoiser that takes its noise level as a tensor."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        """The denoised vector."""
        result: Tensor = self.network(x, sigma.reshape(1), conditions)
        return result


class Numbers(Tensors):
    """The same, but it reads the noise level as a Python number on its way."""

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        """The denoised vector."""
        result: Tensor = self.network(x, torch.tensor([float(sigma)]), conditions)
        return result


class Sampler(nn.Module):
    """Heun's method as a loop that is scripted around a traced denoiser."""

    def __init__(self, denoise: nn.Module, sigmas: Tensor) -> None:
        super().__init__()
        self.denoise = denoise
        self.register_buffer("sigmas", sigmas)

    def forward(self, noise: Tensor, conditions: Tensor) -> Tensor:
        """The sample at the end of the noise levels."""
        # TorchScript knows that these are tensors; annotations of a module that are strings it does not read.
        x = noise * self.sigmas[0]  # type: ignore[index]
        for k in range(len(self.sigmas) - 1):  # type: ignore[arg-type]
            sigma, following = self.sigmas[k], self.sigmas[k + 1]  # type: ignore[index]
            slope = (x - self.denoise(x, sigma, conditions)) / sigma
            euler = x + (following - sigma) * slope
            if bool(following > 0):
                second = (euler - self.denoise(euler, following, conditions)) / following
                euler = x + (following - sigma) * (slope + second) / 2
            x = euler
        return x


def distilled() -> EdmModel:
    """The model that ships, evaluated by torch operation by operation."""
    model = MODELS["distilled"](backend="eager")
    if not isinstance(model, EdmModel):
        raise TypeError("distilled is no diffusion model")
    return model


@torch.no_grad()
def frozen_noise_level(kind: type[Tensors], levels: int) -> float:
    """Largest difference of a traced denoiser in a scripted loop from the same without tracing.

    It is the network of the marginals, whose values are of order one, with 2 x levels - 1 evaluations.
    """
    network = distilled().finished.marginals.model.network
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, network.size, generator=generator)
    conditions = torch.rand(1, 10, generator=generator)
    sigmas = karras_sigmas(levels, 0.005, 20.0).float()
    example = (noise, sigmas[0], conditions)
    with quiet_jit(), warnings.catch_warnings():
        # A trace warns of what it freezes, which is what is measured here.
        warnings.simplefilter("ignore")
        traced: Any = torch.jit.trace(kind(network), example, check_trace=False)  # type: ignore[no-untyped-call]
        result = torch.jit.script(Sampler(traced, sigmas))(noise, conditions)
    expected = Sampler(Tensors(network), sigmas)(noise, conditions)
    return float((result - expected).abs().max())


class ErfGelu(OnnxOps):
    """The other GELU, of an exporter without the approximation by tanh."""

    def gelu(self, x: Node) -> Node:
        """By the error function."""
        return (self.add("Erf", x / math.sqrt(2)) + 1.0) * x * 0.5


class ScaledTwice(OnnxOps):
    """Attention that is divided by the root of the head size, which the queries are already."""

    def softmax(self, x: Node) -> Node:
        """Of what is scaled once more."""
        return super().softmax(x * 18**-0.5)


def against_double(chain: Chain, make: Callable[[], OnnxOps]) -> tuple[Difference, str | None]:
    """A shower of the whole chain, 30 GeV in ALLEGRO, against double precision.

    Returns:
        The differences, and the first operation that differs by more than rounding.
    """
    detector = load_detector("ALLEGRO")
    one = Conditions(np.array([3e4]), np.array([1.4]), np.array([1.0]))
    noise = np.random.default_rng(1).standard_normal((1, sum(chain.sizes)), dtype=np.float32)
    inputs = inputs_of(one, detector.one_hot_slot)
    ops = make()
    cells = chain.shower(ops, ops.given("conditions"), ops.given("noise"))
    shapes = {"conditions": [1, 8], "noise": [1, noise.shape[1]]}
    graph = ops.model(shapes, cells, [1, chain.cells], "energies", 9)
    feeds = {"conditions": inputs, "noise": noise}
    single = session_of(graph, "all").run(None, feeds)[0].reshape(1, *chain.mesh) * 1000
    expected = double_precision(chain, detector)(one, noise)
    totals = {"total": (single.sum(axis=(1, 2, 3)), expected.sum(axis=(1, 2, 3)))}
    step = first_difference(steps_of(chain, make(), inputs[0], noise[0], "none"))
    return difference(single, expected, totals), None if step is None else step.operation


def measure() -> dict[str, Any]:
    """All sizes."""
    chain = Chain(distilled())
    return {
        "torch": torch.__version__,
        "layer_norm": {f"{mean:g}": layer_norm(mean) for mean in MEANS},
        "gelu": two_gelus("tanh")[1],
        "attention_scaled_twice": against_double(chain, ScaledTwice)[0].of_hottest,
        "cast_of_angles": cast_of_angles(),
        "frozen_noise_level": {
            str(2 * levels - 1): frozen_noise_level(Numbers, levels) for levels in (20, 1)
        },
    }


def main() -> None:
    """Measure, keep and print the sizes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    result = measure()
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
