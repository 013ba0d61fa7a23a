"""The first operation after which two ways differ.

PyTorch and ONNX are written with the same operations in the same order (:mod:`..inference.ops`):
the k-th result of one is the k-th of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

from reference_models.export.chain import Chain
from reference_models.inference.onnx_ops import Node, OnnxOps
from reference_models.inference.torch_ops import TorchOps
from reference_models.parity.paths import session_of
from reference_models.parity.record import ROUNDING

__all__ = ["Recorder", "Step", "first_difference", "steps_of"]


_BOUNDS = frozenset({"at_least", "at_most"})


class Step(NamedTuple):
    """A result on the way.

    Attributes:
        operation: its name and place, ``gelu, operation 412 of 455``.
        off: largest difference, over the largest number of the result; of a bound, that of what it bounds,
            whose rounding it passes on.
        sensitivity: how far the result moves, likewise, if the noise that the chain is given is changed by
            the largest rounding. Single numbers of a later result may move as far as one before did, such as
            quotients of small sums.
    """

    operation: str
    off: float
    sensitivity: float = 0.0


class Recorder:
    """Operations that remember what they gave.

    Args:
        ops: does them.
    """

    def __init__(self, ops: Any) -> None:
        self._ops = ops
        self.results: list[tuple[str, Any]] = []
        self.scales: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self._ops, name)

        def call(*arguments: Any, **settings: Any) -> Any:
            result = function(*arguments, **settings)
            if name not in {"constant", "row", "largest"}:
                self.results.append((name, result))
                self.scales.append(arguments[0] if name in _BOUNDS else result)
            return result

        return call


def steps_of(
    chain: Chain,
    graph_ops: OnnxOps,
    told: NDArray[np.float32],
    noise: NDArray[np.float32],
    level: str,
) -> list[Step]:
    """All results on the way of ONNX Runtime, held against PyTorch's, in order.

    Every result becomes an output of the graph, so that fusions across them are off.

    Args:
        chain: the chain.
        graph_ops: writes the ONNX graph; empty.
        told: the eight numbers, (8,).
        noise: (size,).
        level: of optimisation.
    """
    of_torch = Recorder(TorchOps(nn.Module(), {}))
    moved = Recorder(TorchOps(nn.Module(), {}))
    signs = np.where(np.random.default_rng(0).random(noise.shape) < 0.5, -ROUNDING, ROUNDING)
    with torch.no_grad():
        chain.shower(of_torch, torch.from_numpy(told), torch.from_numpy(noise))
        changed = torch.from_numpy((noise * (1 + signs)).astype(np.float32))
        chain.shower(moved, torch.from_numpy(told), changed)
    of_onnx = Recorder(graph_ops)
    names = ("conditions", "noise")
    cells = chain.shower(of_onnx, *(graph_ops.given(name) for name in names))
    shapes = {"conditions": [1, len(told)], "noise": [1, len(noise)]}
    graph = onnx.load_from_string(
        graph_ops.model(shapes, cells, [1, chain.cells], "energies", ir=9)
    )
    node_names = [node.name for _, node in of_onnx.results if isinstance(node, Node)]
    for name in dict.fromkeys(node_names):
        graph.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    feed = dict(zip(names, (told[None], noise[None]), strict=True))
    unique = list(dict.fromkeys(node_names))
    outputs = dict(
        zip(unique, session_of(graph.SerializeToString(), level).run(unique, feed), strict=True)
    )
    n = len(node_names)
    return [
        Step(
            f"{operation}, operation {k + 1} of {n}",
            _off(outputs[node.name], tensor.numpy(), scale.numpy()),
            _off(other.numpy(), tensor.numpy(), scale.numpy()),
        )
        for k, ((operation, tensor), (_, other), scale, (_, node)) in enumerate(
            zip(of_torch.results, moved.results, of_torch.scales, of_onnx.results, strict=True)
        )
    ]


def first_difference(steps: list[Step], limit: float = ROUNDING) -> Step | None:
    """The first that differs by more than ``limit`` and than rounding explains; None if none does."""
    sensitivity = limit
    for step in steps:
        sensitivity = max(sensitivity, step.sensitivity)
        if not step.off <= sensitivity:
            return step
    return None


def _off(result: NDArray[Any], expected: NDArray[Any], scale: NDArray[Any]) -> float:
    largest = float(np.abs(scale).max(initial=0.0))
    difference = np.abs(result.reshape(expected.shape) - expected)
    return float(difference.max(initial=0.0)) / max(largest, 1e-30)
