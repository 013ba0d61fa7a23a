"""Differences of PyTorch, TorchScript and ONNX Runtime, each in a minimal graph: docs/parity.md."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
sys.path.insert(0, str(Path(__file__).parents[3] / "studies"))
from parity_graphs import (
    Numbers,
    Tensors,
    cast_of_angles,
    frozen_noise_level,
    layer_norm,
    two_gelus,
)

from calobench.models.files.torchscript import quiet_jit
from reference_models.parity.paths import LEVELS


@pytest.fixture(autouse=True)
def _traces_warn() -> Iterator[None]:
    with quiet_jit(), warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        yield


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("mean", "largest"), [(0.0, 2e-6), (100.0, 5e-5), (1e4, 1e-2)])
def test_layer_norm_in_pieces_is_fused_to_rounding(level: str, mean: float, largest: float) -> None:
    """Its rounding grows with mean over deviation, fused or not; tokens of the network have 0 to 3."""
    assert layer_norm(mean, level) < largest


def test_the_two_gelus_differ_by_half_a_thousandth() -> None:
    from_itself, from_erf = two_gelus("tanh")
    assert from_itself < 2e-6
    assert 3e-4 < from_erf < 6e-4


@pytest.mark.parametrize("level", LEVELS)
def test_gelu_by_erf_is_not_replaced_by_the_other(level: str) -> None:
    assert max(two_gelus("erf", level)) < 2e-6


def test_a_cast_of_a_large_angle_is_rounding_of_its_own() -> None:
    """The embedding of the noise level has angles of 1,000 rad, which single precision holds to 6e-5."""
    assert 1e-5 < cast_of_angles() < 1e-4


def test_a_noise_level_read_as_a_number_is_frozen_by_tracing() -> None:
    """A chain that mixes tracing and scripting: wrong after 39 evaluations, right after one."""
    assert frozen_noise_level(Tensors, 20) < 1e-5
    assert frozen_noise_level(Numbers, 20) > 0.1
    assert frozen_noise_level(Numbers, 1) < 1e-5


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
