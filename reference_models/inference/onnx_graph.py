"""The network as an ONNX graph for one shower, written node by node from the rearranged weights.

No exporter is in between: the graph holds standard operators only (opset 20), nothing random, and no
size that was frozen by tracing. Noise is drawn outside, so that a seed means the same everywhere.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reference_models.inference.folded import FoldedBlock, FoldedWeights, Linear
from reference_models.network.dit import NetworkConfig

__all__ = ["INPUTS", "OPSET", "onnx_model"]

OPSET = 20
"""The first with Gelu."""
INPUTS = ("x", "noise", "conditions")
"""Shower scaled by c_in (R, PHI, Z), embedding of the noise level (1, width), conditions (1, C)."""
_EPS = 1e-6
# Of the file format, not the opset: 9 is what the first runtime with this opset reads.
_IR_VERSION = 9


class _Graph:
    """Collects nodes and constants; values are known by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._numbers = count()

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        return self.add_many(operator, *inputs, outputs=1, **attributes)[0]

    def add_many(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        names = [f"{operator}_{next(self._numbers)}" for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant."""
        name = f"constant_{next(self._numbers)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def reshape(self, value: str, *shape: int) -> str:
        """Add a reshape to a fixed shape."""
        return self.add("Reshape", value, self.constant(np.array(shape, dtype=np.int64)))

    def linear(self, value: str, layer: Linear) -> str:
        """Add a linear layer, rows in and rows out."""
        weight, bias = (self.constant(tensor.numpy()) for tensor in layer)
        return self.add("Gemm", value, weight, bias)

    def silu(self, value: str) -> str:
        """Add x sigmoid(x)."""
        return self.add("Mul", value, self.add("Sigmoid", value))

    def modulated(self, tokens: str, scale: str, shift: str) -> str:
        """Add a layer norm with scale and shift as its weight and bias."""
        return self.add("LayerNormalization", tokens, scale, shift, axis=-1, epsilon=_EPS)

    def gated(self, tokens: str, gate: str, update: str) -> str:
        """Add tokens + gate * update."""
        return self.add("Add", tokens, self.add("Mul", update, gate))


def onnx_model(weights: FoldedWeights) -> bytes:
    """Serialised model: :data:`INPUTS` to ``raw``, the output of the network, (R, PHI, Z)."""
    config, graph = weights.config, _Graph()
    vectors = _modulation(graph, weights)
    tokens = _patches(graph, config)
    tokens = graph.linear(tokens, weights.patch_in)
    for k, block in enumerate(weights.blocks):
        shift1, scale1, gate1, shift2, scale2, gate2 = vectors[6 * k : 6 * k + 6]
        mixed = _attention(graph, block, graph.modulated(tokens, scale1, shift1), config)
        tokens = graph.gated(tokens, gate1, mixed)
        hidden = graph.linear(graph.modulated(tokens, scale2, shift2), block.mlp_in)
        hidden = graph.add("Gelu", hidden, approximate="tanh")
        tokens = graph.gated(tokens, gate2, graph.linear(hidden, block.mlp_out))
    shift, scale = vectors[-2:]
    patches = graph.linear(graph.modulated(tokens, scale, shift), weights.patch_out)
    return _finish(graph, _cells(graph, patches, config), weights)


def _modulation(graph: _Graph, weights: FoldedWeights) -> list[str]:
    """Shifts, scales and gates, (width,) each."""
    inner, outer = weights.condition
    embedded = graph.linear(graph.silu(graph.linear("conditions", inner)), outer)
    condition = graph.silu(graph.add("Add", embedded, "noise"))
    vectors = graph.linear(condition, weights.modulation)
    width, n = weights.config.width, 6 * len(weights.blocks) + 2
    sizes = graph.constant(np.full(n, width, dtype=np.int64))
    return graph.add_many("Split", graph.reshape(vectors, n * width), sizes, outputs=n, axis=0)


def _patches(graph: _Graph, config: NetworkConfig) -> str:
    (nr, np_, nz), (pr, pp, pz) = config.grid, config.patch
    split = graph.reshape("x", nr, pr, np_, pp, nz, pz)
    ordered = graph.add("Transpose", split, perm=[0, 2, 4, 1, 3, 5])
    return graph.reshape(ordered, config.n_tokens, pr * pp * pz)


def _cells(graph: _Graph, patches: str, config: NetworkConfig) -> str:
    (nr, np_, nz), (pr, pp, pz) = config.grid, config.patch
    split = graph.reshape(patches, nr, np_, nz, pr, pp, pz)
    return graph.reshape(graph.add("Transpose", split, perm=[0, 3, 1, 4, 2, 5]), *config.mesh)


def _attention(graph: _Graph, block: FoldedBlock, x: str, config: NetworkConfig) -> str:
    heads, width = config.heads, config.width

    def projected(part: int, order: list[int]) -> str:
        columns = slice(part * width, (part + 1) * width)
        layer = Linear(block.qkv.weight[:, columns], block.qkv.bias[columns])
        split = graph.reshape(graph.linear(x, layer), config.n_tokens, heads, width // heads)
        return graph.add("Transpose", split, perm=order)

    queries, keys, values = (
        projected(0, [1, 0, 2]),
        projected(1, [1, 2, 0]),
        projected(2, [1, 0, 2]),
    )
    attention = graph.add("Softmax", graph.add("MatMul", queries, keys), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", attention, values), perm=[1, 0, 2])
    return graph.linear(graph.reshape(mixed, config.n_tokens, width), block.attention_out)


def _finish(graph: _Graph, raw: str, weights: FoldedWeights) -> bytes:
    mesh = list(weights.config.mesh)
    shapes = (mesh, [1, weights.config.width], [1, weights.config.condition_size])
    graph.nodes.append(helper.make_node("Identity", [raw], ["raw"]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip(INPUTS, shapes, strict=True)
    ]
    output = helper.make_tensor_value_info("raw", TensorProto.FLOAT, mesh)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "dit", inputs, [output], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR_VERSION,
    )
    serialised: bytes = model.SerializeToString()
    return serialised
