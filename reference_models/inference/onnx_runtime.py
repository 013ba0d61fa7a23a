"""The network on the CPU with ONNX Runtime, shower by shower (see ``fused`` for why).

Threads share the showers of a batch, not the work of one: nothing waits for another thread, and the
numbers are the same with any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from reference_models.inference.backend import NoiseLevels
from reference_models.inference.folded import fold
from reference_models.inference.onnx_graph import INPUTS, onnx_model
from reference_models.network.dit import DiT

__all__ = ["OnnxRuntime", "session"]


def session(model: bytes, level: str = "ORT_ENABLE_ALL") -> onnxruntime.InferenceSession:
    """A session on the CPU; one evaluation uses one thread.

    Args:
        model: serialised model.
        level: how far the runtime may rewrite the graph, a name in ``GraphOptimizationLevel``.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class OnnxRuntime:
    """Evaluates rearranged weights with ONNX Runtime.

    Args:
        network: its weights are copied.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.
    """

    def __init__(self, network: DiT, boundary: float | None) -> None:
        self._session = session(onnx_model(fold(network)))
        self._levels = NoiseLevels(network, boundary)

    @property
    def label(self) -> str:
        """See :class:`reference_models.inference.backend.Backend`."""
        return f"ONNX Runtime {onnxruntime.__version__}"

    def __call__(self, x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
        """See :class:`reference_models.inference.backend.Backend`."""
        skip, out, total, noise = self._levels[sigma]
        noisy, embedding, encoded = x.numpy(), noise.numpy(), conditions.numpy()
        scaled, denoised = noisy / np.float32(total), np.empty_like(noisy)

        def evaluate(k: int) -> None:
            values = (scaled[k], embedding, encoded[k : k + 1])
            raw = self._session.run(None, dict(zip(INPUTS, values, strict=True)))[0]
            np.multiply(raw, np.float32(out), out=denoised[k])

        _divide(evaluate, len(noisy))
        denoised += np.float32(skip) * noisy
        return torch.from_numpy(denoised)


def _divide(work: Callable[[int], None], n: int) -> None:
    """Call ``work`` for 0 to n - 1, in as many threads as PyTorch would use."""
    threads = min(torch.get_num_threads(), n)
    if threads <= 1:
        for k in range(n):
            work(k)
        return
    with ThreadPoolExecutor(threads) as pool:
        # The list raises what a thread raised.
        list(pool.map(work, range(n)))
