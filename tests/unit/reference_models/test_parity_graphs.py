"""Differences of PyTorch, TorchScript and ONNX Runtime, each in a minimal graph: docs/parity.md."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from scipy.special import erf

from calobench.models.files.torchscript import quiet_jit
from reference_models.inference.onnx_ops import Node, OnnxOps
from reference_models.parity.paths import LEVELS, session_of
from reference_models.samplers.schedule import karras_sigmas
from reference_models.variants import MODELS

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _traces_warn() -> Iterator[None]:
    with quiet_jit(), warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        yield


def run(
    ops: OnnxOps, output: Node, x: NDArray[np.float32], level: str = "all"
) -> NDArray[np.float32]:
    graph = ops.model({"x": list(x.shape)}, output, list(x.shape), "y", 8)
    result: NDArray[np.float32] = session_of(graph, level).run(None, {"x": x})[0]
    return result


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("mean", "largest"), [(0.0, 2e-6), (100.0, 5e-5), (1e4, 1e-2)])
def test_layer_norm_in_pieces_is_fused_to_rounding(level: str, mean: float, largest: float) -> None:
    """Its rounding grows with mean over deviation, fused or not; tokens of the network have 0 to 3."""
    x = (RNG.standard_normal((4, 144)) + mean).astype(np.float32)
    ops = OnnxOps(17)
    x_in = ops.given("x")
    off = x_in - ops.add("ReduceMean", x_in, axes=[-1])
    variance = ops.add("ReduceMean", ops.add("Pow", off, 2.0), axes=[-1])
    result = run(ops, off / ops.add("Sqrt", variance + 1e-6), x, level)
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=1, keepdims=True)
    expected = centred / np.sqrt(wide.var(axis=1, keepdims=True) + 1e-6)
    assert np.abs(result - expected).max() < largest


def test_the_two_gelus_differ_by_half_a_thousandth() -> None:
    x = np.linspace(-5, 5, 2001, dtype=np.float32)[None]
    ops = OnnxOps(17)
    tanh = run(ops, ops.gelu(ops.given("x")), x)
    exact = x * 0.5 * (1 + erf(x.astype(np.float64) / math.sqrt(2)))
    assert (
        np.abs(
            tanh - torch.nn.functional.gelu(torch.from_numpy(x), approximate="tanh").numpy()
        ).max()
        < 2e-6
    )
    assert 3e-4 < np.abs(tanh - exact).max() < 6e-4


@pytest.mark.parametrize("level", LEVELS)
def test_gelu_by_erf_is_not_replaced_by_the_other(level: str) -> None:
    x = np.linspace(-5, 5, 2001, dtype=np.float32)[None]
    ops = OnnxOps(17)
    x_in = ops.given("x")
    result = run(ops, (ops.add("Erf", x_in / math.sqrt(2)) + 1.0) * x_in * 0.5, x, level)
    exact = x * 0.5 * (1 + erf(x.astype(np.float64) / math.sqrt(2)))
    assert np.abs(result - exact).max() < 2e-6


def test_a_cast_of_a_large_angle_is_rounding_of_its_own() -> None:
    """The embedding of the noise level has angles of 1,000 rad, which single precision holds to 6e-5."""
    angle = np.linspace(900, 1100, 1001)
    single = np.sin(angle.astype(np.float32)).astype(np.float64)
    assert 1e-5 < np.abs(single - np.sin(angle)).max() < 1e-4


class Tensors(nn.Module):
    """A denoiser that takes its noise level as a tensor."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        return self.network(x, sigma.reshape(1), conditions)


class Numbers(Tensors):
    """The same, but it reads the noise level as a Python number on its way."""

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        return self.network(x, torch.tensor([float(sigma)]), conditions)


class Sampler(nn.Module):
    """Heun's method as a loop that is scripted around a traced denoiser."""

    def __init__(self, denoise: nn.Module, sigmas: Tensor) -> None:
        super().__init__()
        self.denoise = denoise
        self.register_buffer("sigmas", sigmas)

    def forward(self, noise: Tensor, conditions: Tensor) -> Tensor:
        x = noise * self.sigmas[0]
        for k in range(len(self.sigmas) - 1):
            sigma, following = self.sigmas[k], self.sigmas[k + 1]
            slope = (x - self.denoise(x, sigma, conditions)) / sigma
            euler = x + (following - sigma) * slope
            if bool(following > 0):
                second = (euler - self.denoise(euler, following, conditions)) / following
                euler = x + (following - sigma) * (slope + second) / 2
            x = euler
        return x


def mixed(kind: type[Tensors], levels: int) -> float:
    """Largest difference to the same without tracing; the marginals' network, values of order one."""
    network = MODELS["distilled"](backend="eager").finished.marginals.model.network
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, network.size, generator=generator)
    conditions = torch.rand(1, 10, generator=generator)
    sigmas = karras_sigmas(levels, 0.005, 20.0).float()
    example = (noise, sigmas[0], conditions)
    traced = torch.jit.trace(kind(network), example, check_trace=False)
    result = torch.jit.script(Sampler(traced, sigmas))(noise, conditions)
    expected = Sampler(Tensors(network), sigmas)(noise, conditions)
    return float((result - expected).abs().max())


@torch.no_grad()
def test_a_noise_level_read_as_a_number_is_frozen_by_tracing() -> None:
    """A chain that mixes tracing and scripting: wrong after 39 evaluations, right after one."""
    assert mixed(Tensors, 20) < 1e-5
    assert mixed(Numbers, 20) > 0.1
    assert mixed(Numbers, 1) < 1e-5


def test_a_scripted_function_called_from_a_trace_keeps_the_sizes_of_the_example() -> None:
    """PyTorch issue 89483."""

    def rows(x: Tensor, n: int) -> Tensor:
        return x.reshape(n, -1).sum(dim=1)

    scripted = torch.jit.script(rows)

    class Whole(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return scripted(x, x.shape[0])

    traced = torch.jit.trace(Whole(), torch.ones(2, 6), check_trace=False)
    assert Whole()(torch.ones(3, 6)).tolist() == [6.0, 6.0, 6.0]
    assert traced(torch.ones(3, 6)).tolist() == [9.0, 9.0]


@pytest.mark.parametrize("draw", ["normal", "randn"])
def test_noise_that_is_drawn_inside_stays_noise(draw: str) -> None:
    """``torch.normal`` became a constant in the exporters of older versions (PyTorch issue 61208)."""
    onnx = pytest.importorskip("onnx")

    class Noisy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + (torch.normal(0.0, 1.0, size=(8,)) if draw == "normal" else torch.randn(8))

    traced = torch.jit.trace(Noisy(), torch.zeros(8), check_trace=False)
    assert not torch.equal(traced(torch.zeros(8)), traced(torch.zeros(8)))
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Noisy(), (torch.zeros(8),), content, dynamo=False, opset_version=17)
    nodes = {node.op_type for node in onnx.load_from_string(content.getvalue()).graph.node}
    assert nodes & {"RandomNormal", "RandomNormalLike"}


def test_noise_that_comes_from_numpy_is_frozen() -> None:
    class Noisy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + torch.from_numpy(np.random.default_rng().standard_normal(8))

    traced = torch.jit.trace(Noisy(), torch.zeros(8), check_trace=False)
    assert torch.equal(traced(torch.zeros(8)), traced(torch.zeros(8)))
