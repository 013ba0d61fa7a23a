"""The most arithmetic that the cores can do: a large product of matrices in single precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from calobench.benchmarks.timing.tasks import Facts, Job, Point
from calobench.errors import CalobenchError, DeviceError

__all__ = ["FLOPS_A_CALL", "PeakTask"]

_SIZE = 512
FLOPS_A_CALL = 2 * _SIZE**3


@dataclass(frozen=True)
class PeakTask:
    """SGEMM of numpy's BLAS, which comes within about a tenth of what the core can do."""

    name: str = "matrix product"
    on_cpu: bool = True
    failure: ClassVar[type[CalobenchError]] = DeviceError

    def prepare(self) -> PeakOperation:
        """See :class:`~calobench.benchmarks.timing.tasks.Task`."""
        return PeakOperation()


class PeakOperation:
    """Two matrices."""

    facts = Facts("product of two float32 matrices of 512 x 512")

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self._a, self._b = rng.random((2, _SIZE, _SIZE), dtype=np.float32)
        self._out = np.empty_like(self._a)

    def job(self, point: Point) -> Job:  # noqa: ARG002
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""

        def call(_number: int) -> None:
            np.matmul(self._a, self._b, out=self._out)

        return call

    def check(self, point: Point) -> None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`: nothing to look at."""

    def peak_device_bytes(self) -> int | None:
        """See :class:`~calobench.benchmarks.timing.tasks.Operation`."""
        return None
