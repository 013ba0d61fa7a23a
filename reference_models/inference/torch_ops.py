"""The operations in PyTorch; constants become buffers of a module, so that they move with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["TorchOps"]


class TorchOps:
    """See :class:`reference_models.inference.ops.Ops`.

    Args:
        module: keeps the constants.
        names: of its buffers by the identity of their arrays; kept from one call to the next.
        device: where constants are put that the module does not have yet.
    """

    def __init__(
        self,
        module: nn.Module,
        names: dict[int, tuple[str, Any]],
        device: torch.device | None = None,
    ) -> None:
        self._module, self._names, self._device = module, names, device

    def constant(self, values: Any) -> Tensor:
        """A buffer with these numbers."""
        if id(values) not in self._names:
            name = f"constant_{len(self._names)}"
            tensor = values if isinstance(values, Tensor) else torch.from_numpy(np.array(values))
            self._module.register_buffer(name, tensor.detach().to(self._device, copy=True))
            # The array is kept as well: its identity must not be given to another.
            self._names[id(values)] = (name, values)
        value: Tensor = getattr(self._module, self._names[id(values)][0])
        return value

    def linear(self, x: Tensor, weight: Any, bias: Any) -> Tensor:
        """One product that adds the bias."""
        return torch.addmm(self.constant(bias), x, self.constant(weight))

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        """Matrix product."""
        return torch.matmul(x, y)

    def layer_norm(self, x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
        """Layer norm."""
        return F.layer_norm(x, (x.shape[-1],), scale, shift, eps)

    def softmax(self, x: Tensor) -> Tensor:
        """Softmax."""
        return x.softmax(dim=-1)

    def silu(self, x: Tensor) -> Tensor:
        """SiLU."""
        return F.silu(x)

    def gelu(self, x: Tensor) -> Tensor:
        """GELU with tanh."""
        return F.gelu(x, approximate="tanh")

    def exp(self, x: Tensor) -> Tensor:
        """Exponential."""
        return x.exp()

    def log(self, x: Tensor) -> Tensor:
        """Logarithm."""
        return x.log()

    def sin(self, x: Tensor) -> Tensor:
        """Sine."""
        return x.sin()

    def cos(self, x: Tensor) -> Tensor:
        """Cosine."""
        return x.cos()

    def at_least(self, x: Tensor, low: float) -> Tensor:
        """Clamp."""
        return x.clamp(min=low)

    def at_most(self, x: Tensor, high: float) -> Tensor:
        """Clamp."""
        return x.clamp(max=high)

    def abs(self, x: Tensor) -> Tensor:
        """Absolute value."""
        return x.abs()

    def floor(self, x: Tensor) -> Tensor:
        """Floor."""
        return x.floor()

    def take(self, table: Tensor, places: Tensor) -> Tensor:
        """Gather."""
        return table.gather(1, places.long())

    def where_above(self, x: Tensor, limit: float, value: Tensor, other: Tensor | float) -> Tensor:
        """Choice, element by element."""
        rest = other if isinstance(other, Tensor) else torch.full_like(value, other)
        return torch.where(x > limit, value, rest)

    def sum(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        """Sum."""
        return x.sum(dim=list(axes), keepdim=True)

    def reshape(self, x: Tensor, *shape: int) -> Tensor:
        """Reshape."""
        return x.reshape(shape)

    def permute(self, x: Tensor, order: Sequence[int]) -> Tensor:
        """Permute."""
        return x.permute(*order)

    def part(self, x: Tensor, axis: int, start: int, stop: int) -> Tensor:
        """Slice."""
        return x.narrow(axis, start, stop - start)

    def concatenate(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Concatenation."""
        return torch.cat(list(parts), dim=axis)

    def largest(self, x: Tensor) -> Tensor:
        """Argmax."""
        return x.argmax(dim=0, keepdim=True)

    def row(self, table: Any, index: Tensor | int) -> Tensor:
        """Selected row."""
        if isinstance(index, int):
            return self.constant(table)[index]
        return self.constant(table).index_select(0, index).squeeze(0)
