"""Every backend gives the numbers of the network, however it rearranges the operations."""

from __future__ import annotations

import sys
from collections import Counter
from copy import deepcopy
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from calobench.errors import ModelError
from reference_models.inference import choose
from reference_models.inference.backend import Backend, NoiseLevels
from reference_models.inference.choose import BACKENDS, choose_backend, deviation
from reference_models.inference.flops import evaluation_flops
from reference_models.inference.folded import fold
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preconditioning import SIGMA_MIN, Denoiser
from reference_models.variants import MODELS

distilled = MODELS["distilled"]

SIGMAS = (80.0, 1.0, SIGMA_MIN)
STUDENT = NetworkConfig(patch=(1, 16, 5), condition_size=66)
NARROW = NetworkConfig(patch=(1, 16, 5), heads=4, head_size=18, mlp_ratio=2)
SMALL = NetworkConfig(
    mesh=(4, 6, 8), patch=(2, 3, 2), width=24, blocks=2, heads=3, condition_size=7
)


def random_network(config: NetworkConfig) -> DiT:
    """Weights of a size that keeps activations near one; a fresh network would return zero."""
    torch.manual_seed(3)
    network = DiT(config)
    with torch.no_grad():
        for parameter in network.parameters():
            fan_in = parameter.shape[-1] if parameter.ndim > 1 else 100
            parameter.copy_(torch.randn(parameter.shape) / fan_in**0.5)
    return network.eval().requires_grad_(False)


def inputs(config: NetworkConfig, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(n, *config.mesh, generator=generator)
    return x, torch.rand(n, config.condition_size, generator=generator)


def made(name: str, network: DiT, boundary: float | None) -> Backend:
    if name == "onnx":
        pytest.importorskip("onnx")
        pytest.importorskip("onnxruntime")
    return BACKENDS[name](network, boundary)


@pytest.mark.parametrize("boundary", [None, SIGMA_MIN])
@pytest.mark.parametrize(
    "config",
    [NetworkConfig(), STUDENT, NARROW, SMALL],
    ids=["default", "student", "narrow", "small"],
)
@pytest.mark.parametrize("name", BACKENDS)
def test_as_the_network_in_double_precision(
    name: str, config: NetworkConfig, boundary: float | None
) -> None:
    network = random_network(config)
    backend = made(name, network, boundary)
    double = Denoiser(deepcopy(network).double(), boundary)
    x, conditions = inputs(config, 3)
    for sigma in SIGMAS:
        result = backend(x * sigma, sigma, conditions)
        levels = torch.full((3,), sigma, dtype=torch.float64)
        expected = double(x.double() * sigma, levels, conditions.double())
        assert result.dtype == torch.float32
        # The embedding of the noise level has angles of about 1,000 rad, which single precision
        # holds to 1e-4; what follows is of order one.
        torch.testing.assert_close(result.double(), expected, rtol=1e-4, atol=3e-4)


@pytest.mark.parametrize("name", ["onnx", "fused"])
def test_a_shower_does_not_depend_on_its_batch(name: str) -> None:
    network = random_network(SMALL)
    backend = made(name, network, None)
    x, conditions = inputs(SMALL, 4)
    together = backend(x, 1.0, conditions)
    for k in range(4):
        alone = backend(x[k : k + 1], 1.0, conditions[k : k + 1])
        assert torch.equal(alone[0], together[k])


def test_threads_share_showers_and_change_nothing() -> None:
    network = random_network(SMALL)
    backend = made("onnx", network, None)
    x, conditions = inputs(SMALL, 7)
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            results.append(backend(x, 1.0, conditions))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(results[1], results[0])
    assert torch.equal(results[2], results[0])


@pytest.mark.parametrize("name", BACKENDS)
def test_inputs_and_weights_are_left_alone(name: str) -> None:
    network = random_network(SMALL)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    backend = made(name, network, None)
    x, conditions = inputs(SMALL, 2)
    kept = x.clone()
    first = backend(x, 1.0, conditions)
    assert torch.equal(x, kept)
    assert torch.equal(backend(x, 1.0, conditions), first)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


@pytest.mark.parametrize("level", ["DISABLE_ALL", "ENABLE_BASIC", "ENABLE_EXTENDED", "ENABLE_ALL"])
def test_no_graph_optimisation_changes_the_numbers(level: str) -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    from reference_models.inference.onnx_graph import INPUTS, onnx_model
    from reference_models.inference.onnx_runtime import session

    network = random_network(NetworkConfig())
    model = onnx_model(fold(network))
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    x, conditions = inputs(NetworkConfig(), 1)
    noise = NoiseLevels(network, None)[1.0].noise
    values = (x[0].numpy(), noise.numpy(), conditions.numpy())
    result = session(model, level=f"ORT_{level}").run(None, dict(zip(INPUTS, values, strict=True)))[
        0
    ]
    expected = network(x, torch.zeros(1), conditions)[0].numpy()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-4)


def test_attention_is_one_operator_that_copies_no_heads() -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    from reference_models.inference.onnx_graph import onnx_model

    graph = onnx.load_from_string(onnx_model(fold(random_network(SMALL)))).graph
    operators = Counter(node.op_type for node in graph.node)
    assert operators["Attention"] == SMALL.blocks
    # Of cells into patches, and back.
    assert operators["Transpose"] == 2
    assert not {node.domain for node in graph.node} - {"", "ai.onnx"}


def test_trained_network_is_met_to_rounding() -> None:
    network = distilled(backend="eager").finished.network
    for name in ("onnx", "fused"):
        assert deviation(made(name, network, SIGMA_MIN), network, SIGMA_MIN) < 5e-5


def test_unknown_backend_is_named() -> None:
    with pytest.raises(ModelError, match="unknown backend 'quick'; use auto or one of onnx, fused"):
        choose_backend("quick", random_network(SMALL), None)


def test_without_onnx_runtime_the_next_best_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "reference_models.inference.onnx_runtime", raising=False)
    network = random_network(SMALL)
    assert "fused" in choose_backend("auto", network, None).label
    with pytest.raises(ModelError, match=r"pip install 'calobench\[onnx\]'"):
        choose_backend("onnx", network, None)


def test_a_runtime_that_refuses_the_model_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no such instruction")

    monkeypatch.setattr(runtime, "InferenceSession", refuse)
    network = random_network(SMALL)
    assert "fused" in choose_backend("auto", network, None).label
    with pytest.raises(ModelError, match="refuses the network: no such instruction"):
        choose_backend("onnx", network, None)


@pytest.mark.parametrize("error", [0.01, float("nan")])
def test_a_backend_with_other_numbers_is_refused(
    monkeypatch: pytest.MonkeyPatch, error: float
) -> None:
    def wrong(network: DiT, boundary: float | None) -> Backend:
        backend = BACKENDS["fused"](network, boundary)

        class Wrong:
            label = "wrong"

            def __call__(self, *arguments: Any) -> torch.Tensor:
                return backend(*arguments) + error

        made: Any = Wrong()
        return cast("Backend", made)

    monkeypatch.setitem(choose.BACKENDS, "onnx", wrong)
    network = random_network(SMALL)
    assert "fused" in choose_backend("auto", network, None).label
    with pytest.raises(ModelError, match="differs from the network"):
        choose_backend("onnx", network, None)


@pytest.mark.parametrize(
    "config", [NetworkConfig(), NARROW, SMALL], ids=["default", "narrow", "small"]
)
def test_flops_are_those_of_the_counter(config: NetworkConfig) -> None:
    network = random_network(config)
    x, conditions = inputs(config, 1)
    # The counter knows the products of the plain formula of attention, not the CPU's fused kernel.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        network(x, torch.zeros(1), conditions)
    assert evaluation_flops(config) == counter.get_total_flops()


def test_backend_is_declared() -> None:
    for name in ("fused", "eager"):
        info = distilled(backend=name).info
        assert info.backend == f"PyTorch {torch.__version__}, {name}"
        assert info.flops == evaluation_flops(NetworkConfig(patch=(1, 16, 3), condition_size=66))
