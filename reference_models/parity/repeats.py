"""Whether two sessions, threads or processes of a host draw the same showers, where noise is inside."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.export.chain import Chain
from reference_models.export.onnx_file import onnx_bytes
from reference_models.export.torchscript import torchscript_bytes
from reference_models.parity.paths import session_of

__all__ = ["repeats"]

_TOLD = np.array([[10.0, 0.5, 1.5, 0, 0, 0, 0, 1]], dtype=np.float32)
_PROCESS = """
import sys, onnxruntime, numpy
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
told = numpy.array([[10, 0.5, 1.5, 0, 0, 0, 0, 1]], numpy.float32)
print(session.run(None, {"conditions": told})[0].sum().item().hex())
"""


def repeats(chain: Chain) -> dict[str, bool]:
    """By kind, whether two of it draw the same shower.

    Args:
        chain: what is exported.
    """
    graph = onnx_bytes(chain, 20, noise_inside=True)

    def of_session() -> NDArray[np.float32]:
        output: NDArray[np.float32] = session_of(graph, "all").run(None, {"conditions": _TOLD})[0]
        return output

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.*", DeprecationWarning)
        archive = io.BytesIO(torchscript_bytes(chain, noise_inside=True))
        script = torch.jit.load(archive)  # type: ignore[no-untyped-call]

    def of_script() -> NDArray[np.float32]:
        with torch.inference_mode():
            output: NDArray[np.float32] = script(torch.from_numpy(_TOLD)).numpy()
        return output

    return {
        "ONNX Runtime, two sessions of one process": np.array_equal(of_session(), of_session()),
        "ONNX Runtime, a session in each of two threads": _in_threads(of_session),
        "ONNX Runtime, two processes": _in_processes(graph),
        "TorchScript, two threads of one process": _in_threads(of_script),
    }


def _in_threads(draw: Callable[[], NDArray[np.float32]]) -> bool:
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(draw) for _ in range(2))
        return np.array_equal(first.result(), second.result())


def _in_processes(graph: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(graph)
        command = [sys.executable, "-c", _PROCESS, str(path)]
        sums = [
            subprocess.run(command, capture_output=True, text=True, check=True).stdout
            for _ in range(2)
        ]
    return sums[0] == sums[1]
