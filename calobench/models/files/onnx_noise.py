"""Noise that an ONNX graph draws itself, drawn outside of it: one session then serves every seed.

ONNX Runtime seeds a node that draws random numbers when a session is made. To make a session for each call
takes twenty times as long as the call itself, which no program that uses the file would pay.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["DrawnNode", "take_out_noise"]

_FLOAT = 1  # of ONNX's types


class DrawnNode(NamedTuple):
    """A node that drew numbers, which are now an input of the same name.

    Attributes:
        name: of the input.
        shape: of the numbers.
        normal: a Gaussian, else uniform.
        first: its mean, or the lower end.
        second: its deviation, or the upper end.
    """

    name: str
    shape: tuple[int, ...]
    normal: bool
    first: float
    second: float

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Numbers for one call of the graph."""
        if self.normal:
            numbers = self.first + self.second * rng.standard_normal(self.shape, np.float32)
        else:
            numbers = self.first + (self.second - self.first) * rng.random(self.shape, np.float32)
        return np.asarray(numbers, np.float32)


def take_out_noise(model: Any) -> tuple[DrawnNode, ...]:
    """Turn the nodes RandomNormal and RandomUniform of float32 into inputs of the graph.

    Args:
        model: an ``onnx.ModelProto``, which is changed; nodes in subgraphs and functions, and those that
            take their shape from another tensor, are left.
    """
    import onnx

    drawn = []
    for node in list(model.graph.node):
        if node.op_type not in {"RandomNormal", "RandomUniform"}:
            continue
        given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if given.get("dtype", _FLOAT) != _FLOAT:
            continue
        normal = node.op_type == "RandomNormal"
        names = ("mean", "scale") if normal else ("low", "high")
        first, second = (float(given.get(key, end)) for key, end in zip(names, (0, 1), strict=True))
        shape = tuple(int(length) for length in given["shape"])
        drawn.append(DrawnNode(node.output[0], shape, normal, first, second))
        model.graph.node.remove(node)
        model.graph.input.append(
            onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, shape)
        )
    return tuple(drawn)
