"""The operations that a graph is written with, once for PyTorch and ONNX.

What is written with them is traced by PyTorch or becomes an ONNX graph node by node; no exporter is in
between that would freeze sizes or noise of an example.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["Ops", "Value"]

Value = Any
"""A tensor, or what stands for one: knows + - * / with its like and with numbers."""


class Ops(Protocol):
    """Operations on values of one kind; arrays are constants, the same array is one constant."""

    def constant(self, values: Any) -> Value:
        """A constant from an array or tensor."""

    def linear(self, x: Value, weight: Any, bias: Any) -> Value:
        """``x @ weight + bias`` of rows; weight (in, out), bias (out,) or (rows, out)."""

    def matmul(self, x: Value, y: Value) -> Value:
        """Product of the last two axes."""

    def layer_norm(self, x: Value, scale: Value, shift: Value, eps: float) -> Value:
        """Of the last axis."""

    def softmax(self, x: Value) -> Value:
        """Of the last axis."""

    def silu(self, x: Value) -> Value:
        """``x sigmoid(x)``."""

    def gelu(self, x: Value) -> Value:
        """The one with tanh (Hendrycks & Gimpel, arXiv:1606.08415)."""

    def exp(self, x: Value) -> Value:
        """Exponential."""

    def log(self, x: Value) -> Value:
        """Natural logarithm."""

    def sin(self, x: Value) -> Value:
        """Sine."""

    def cos(self, x: Value) -> Value:
        """Cosine."""

    def at_least(self, x: Value, low: float) -> Value:
        """The larger of each number and ``low``."""

    def at_most(self, x: Value, high: float) -> Value:
        """The smaller of each number and ``high``."""

    def abs(self, x: Value) -> Value:
        """Without its sign."""

    def floor(self, x: Value) -> Value:
        """The largest whole number that is not above."""

    def take(self, table: Value, places: Value) -> Value:
        """Numbers of each row of a table (B, L) at whole numbers (B, M) below L, (B, M)."""

    def where_above(self, x: Value, limit: float, value: Value, other: Value | float) -> Value:
        """``value`` where ``x > limit``, else ``other``."""

    def sum(self, x: Value, axes: Sequence[int]) -> Value:
        """Over axes, which stay with length one."""

    def reshape(self, x: Value, *shape: int) -> Value:
        """To a shape; one length may be -1."""

    def permute(self, x: Value, order: Sequence[int]) -> Value:
        """Axes in another order."""

    def part(self, x: Value, axis: int, start: int, stop: int) -> Value:
        """A slice along one axis."""

    def concatenate(self, parts: Sequence[Value], axis: int) -> Value:
        """Along an axis."""

    def largest(self, x: Value) -> Value:
        """Place of the largest of (K,) numbers, for :meth:`row`."""

    def row(self, table: Any, index: Value | int) -> Value:
        """Row of a constant at an index of :meth:`largest`, or at a number, without the first axis."""
