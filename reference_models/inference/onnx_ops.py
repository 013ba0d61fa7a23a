"""The operations as nodes of an ONNX graph: standard operators only, opset 17 or later."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

__all__ = ["Node", "OnnxOps"]

_GELU_OPSET = 20
"""The first with Gelu."""


class Node:
    """A value of a graph, known by its name; arithmetic with it adds nodes."""

    def __init__(self, ops: OnnxOps, name: str) -> None:
        self.ops, self.name = ops, name

    def __add__(self, other: Any) -> Node:
        return self.ops.add("Add", self, other)

    def __radd__(self, other: Any) -> Node:
        return self.ops.add("Add", other, self)

    def __sub__(self, other: Any) -> Node:
        return self.ops.add("Sub", self, other)

    def __rsub__(self, other: Any) -> Node:
        return self.ops.add("Sub", other, self)

    def __mul__(self, other: Any) -> Node:
        return self.ops.add("Mul", self, other)

    def __rmul__(self, other: Any) -> Node:
        return self.ops.add("Mul", other, self)

    def __truediv__(self, other: Any) -> Node:
        return self.ops.add("Div", self, other)


class OnnxOps:
    """See :class:`reference_models.inference.ops.Ops`.

    Args:
        opset: of the standard operators, 17 or later.
    """

    def __init__(self, opset: int = _GELU_OPSET) -> None:
        self.opset = opset
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._names: dict[object, tuple[str, object]] = {}
        self._numbers = count()

    def add(self, operator: str, *inputs: Any, **attributes: Any) -> Node:
        """Add a node with one output; plain numbers among its inputs become constants."""
        names = [(x if isinstance(x, Node) else self._number(x)).name for x in inputs]
        name = f"{operator}_{next(self._numbers)}"
        self._nodes.append(helper.make_node(operator, names, [name], name=name, **attributes))
        return Node(self, name)

    def given(self, name: str) -> Node:
        """An input of the graph."""
        return Node(self, name)

    def model(
        self, inputs: dict[str, list[int]], output: Node, shape: list[int], name: str, ir: int
    ) -> bytes:
        """The serialised model.

        Args:
            inputs: names and shapes.
            output: what it gives, under the name ``name``.
            shape: of the output.
            name: of the output.
            ir: version of the file format.
        """
        self._nodes.append(helper.make_node("Identity", [output.name], [name], name=name))
        graph = helper.make_graph(
            self._nodes,
            "calobench",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            self._constants,
        )
        opsets = [helper.make_opsetid("", self.opset)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=ir, producer_name="calobench"
        )
        serialised: bytes = model.SerializeToString()
        return serialised

    def _stored(self, key: object, keep: object, values: NDArray[Any]) -> Node:
        if key not in self._names:
            name = f"constant_{len(self._names)}"
            self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
            # What was given is kept as well: its identity must not be given to another.
            self._names[key] = (name, keep)
        return Node(self, self._names[key][0])

    def _number(self, value: float) -> Node:
        return self._stored(("number", value), None, np.array(value, dtype=np.float32))

    def _integers(self, values: Sequence[int]) -> Node:
        key = ("integers", *values)
        return self._stored(key, None, np.array(values, dtype=np.int64))

    def constant(self, values: Any) -> Node:
        """An initializer."""
        array = values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)
        return self._stored(id(values), values, array)

    def linear(self, x: Node, weight: Any, bias: Any) -> Node:
        """Gemm."""
        return self.add("Gemm", x, self.constant(weight), self.constant(bias))

    def matmul(self, x: Node, y: Node) -> Node:
        """MatMul."""
        return self.add("MatMul", x, y)

    def layer_norm(self, x: Node, scale: Node, shift: Node, eps: float) -> Node:
        """LayerNormalization, since opset 17."""
        return self.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=eps)

    def softmax(self, x: Node) -> Node:
        """Softmax."""
        return self.add("Softmax", x, axis=-1)

    def silu(self, x: Node) -> Node:
        """Written out; no opset that old stacks read has it."""
        return x * self.add("Sigmoid", x)

    def gelu(self, x: Node) -> Node:
        """Gelu since opset 20, written out before."""
        if self.opset >= _GELU_OPSET:
            return self.add("Gelu", x, approximate="tanh")
        inner = (x * x * 0.044715 + 1.0) * x * math.sqrt(2 / math.pi)
        return (self.add("Tanh", inner) + 1.0) * x * 0.5

    def exp(self, x: Node) -> Node:
        """Exp."""
        return self.add("Exp", x)

    def log(self, x: Node) -> Node:
        """Log."""
        return self.add("Log", x)

    def sin(self, x: Node) -> Node:
        """Sin."""
        return self.add("Sin", x)

    def cos(self, x: Node) -> Node:
        """Cos."""
        return self.add("Cos", x)

    def at_least(self, x: Node, low: float) -> Node:
        """Max."""
        return self.add("Max", x, low)

    def at_most(self, x: Node, high: float) -> Node:
        """Min."""
        return self.add("Min", x, high)

    def abs(self, x: Node) -> Node:
        """Abs."""
        return self.add("Abs", x)

    def floor(self, x: Node) -> Node:
        """Floor."""
        return self.add("Floor", x)

    def take(self, table: Node, places: Node) -> Node:
        """Cast and GatherElements."""
        index = self.add("Cast", places, to=TensorProto.INT64)
        return self.add("GatherElements", table, index, axis=1)

    def where_above(self, x: Node, limit: float, value: Node, other: Node | float) -> Node:
        """Greater and Where."""
        return self.add("Where", self.add("Greater", x, limit), value, other)

    def sum(self, x: Node, axes: Sequence[int]) -> Node:
        """ReduceSum."""
        return self.add("ReduceSum", x, self._integers(axes), keepdims=1)

    def reshape(self, x: Node, *shape: int) -> Node:
        """Reshape."""
        return self.add("Reshape", x, self._integers(shape))

    def permute(self, x: Node, order: Sequence[int]) -> Node:
        """Transpose."""
        return self.add("Transpose", x, perm=list(order))

    def part(self, x: Node, axis: int, start: int, stop: int) -> Node:
        """Slice."""
        bounds = (self._integers([value]) for value in (start, stop, axis))
        return self.add("Slice", x, *bounds)

    def concatenate(self, parts: Sequence[Node], axis: int) -> Node:
        """Concat."""
        return self.add("Concat", *parts, axis=axis)

    def largest(self, x: Node) -> Node:
        """ArgMax."""
        return self.add("ArgMax", x, axis=0, keepdims=0)

    def row(self, table: Any, index: Node | int) -> Node:
        """Gather; of a number a constant."""
        if isinstance(index, int):
            return self.constant(table[index])
        return self.add("Gather", self.constant(table), index, axis=0)
