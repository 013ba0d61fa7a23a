"""Every way of evaluating a variant: eager, fused, ONNX Runtime, as on a GPU, and the exported files."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.errors import ModelError
from calobench.models.files.convention import inputs_of
from calobench.models.files.cpp_library import CppModel, library_path
from calobench.showers import Conditions
from reference_models.edm_model import EdmModel
from reference_models.export.chain import Chain
from reference_models.export.onnx_file import IR_VERSIONS, onnx_bytes
from reference_models.export.torchscript import ChainModule, torchscript_bytes
from reference_models.inference.device import DeviceChain
from reference_models.variants import Variant, make

if TYPE_CHECKING:
    from reference_models.inference.single import SingleShower

__all__ = ["LEVELS", "Way", "double_precision", "session_of", "ways"]

Way = Callable[[Conditions, NDArray[np.float32]], NDArray[np.float32]]
"""``(conditions, noise) -> cells in MeV``, (N, R, PHI, Z)."""

LEVELS = {
    "none": "DISABLE_ALL",
    "basic": "ENABLE_BASIC",
    "extended": "ENABLE_EXTENDED",
    "all": "ENABLE_ALL",
}
_MEV_PER_GEV = 1000.0
SEVERAL = 2
"""Threads, where there are several."""


def double_precision(
    chain: Chain, detector: DetectorSpec
) -> Callable[[Conditions, NDArray[np.float32]], NDArray[np.float64]]:
    """The chain with every operation in float64: what the others are held against."""
    module = ChainModule(chain).eval()
    with torch.no_grad():
        module(torch.tensor([10.0, 0, 1.5, 0, 0, 0, 0, 1]), torch.zeros(1, sum(chain.sizes)))
    module.double()

    @torch.no_grad()
    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float64]:
        told = torch.from_numpy(inputs_of(conditions, detector.one_hot_slot)).double()
        drawn = torch.from_numpy(noise).double()
        cells = [module(x, n).numpy() for x, n in zip(told, drawn, strict=True)]
        return np.stack(cells).reshape(-1, *chain.mesh) * _MEV_PER_GEV

    return run


def ways(variant: Variant, detector: DetectorSpec) -> dict[str, Way]:
    """All ways that this machine has, by name; ONNX ways are left out where it is not installed."""
    paths: dict[str, Way] = {}
    for backend in ("eager", "fused", "onnx"):
        with contextlib.suppress(ModelError):
            model = make(variant, backend=backend)
            for batch in (1, 16):
                paths[f"{_NAMES[backend]}, batch {batch}"] = _batched(model, detector, batch)
            if model.single is not None:
                paths["single showers, one graph in ONNX Runtime"] = _one_by_one(
                    model.single, detector
                )
    original = make(variant, backend="eager")
    paths["chain of a GPU, on the CPU, batch 16"] = _on(original, torch.device("cpu"), detector)
    chain = Chain(original)
    script = torchscript_bytes(chain, noise_inside=False)
    for threads in (1, SEVERAL):
        paths[f"TorchScript, {_count(threads)}"] = _torchscript(chain, script, detector, threads)
    if library_path() is not None:
        paths["C++ library, TorchScript, 1 thread"] = _cpp(chain, script, detector)
    for opset in IR_VERSIONS:
        graph = onnx_bytes(chain, opset, noise_inside=False)
        for level in LEVELS:
            for threads in (1, SEVERAL) if level == "all" else (1,):
                name = f"ONNX opset {opset}, optimisation {level}, {_count(threads)}"
                paths[name] = _onnx(chain, graph, detector, level, threads)
    if torch.cuda.is_available():
        place = torch.device("cuda")
        paths[f"chain of a GPU, {torch.cuda.get_device_name()}"] = _on(original, place, detector)
    return paths


_NAMES = {"eager": "eager", "fused": "fused", "onnx": "transformer in ONNX Runtime"}


def _count(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def _batched(model: EdmModel, detector: DetectorSpec, batch: int) -> Way:
    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = [slice(k, k + batch) for k in range(0, len(conditions), batch)]
        return np.concatenate([model.from_noise(conditions[p], detector, noise[p]) for p in parts])

    return run


def _one_by_one(single: SingleShower, detector: DetectorSpec) -> Way:
    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = (slice(k, k + 1) for k in range(len(conditions)))
        return np.concatenate(
            [single.given(conditions[row], detector.one_hot_slot, noise[row]) for row in rows]
        )

    return run


def _on(model: EdmModel, device: torch.device, detector: DetectorSpec) -> Way:
    chain = DeviceChain(model, device, batch=16)

    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        return chain.given(conditions, detector.one_hot_slot, noise)

    return run


def _torchscript(chain: Chain, content: bytes, detector: DetectorSpec, threads: int) -> Way:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.*", DeprecationWarning)
        script = torch.jit.load(io.BytesIO(content))  # type: ignore[no-untyped-call]

    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        told = torch.from_numpy(inputs_of(conditions, detector.one_hot_slot))
        drawn = torch.from_numpy(noise)
        with _threads(threads), torch.inference_mode():
            cells = [script(x, n).numpy() for x, n in zip(told, drawn, strict=True)]
        return _mev(cells, chain)

    return run


def _cpp(chain: Chain, content: bytes, detector: DetectorSpec) -> Way:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        path.write_bytes(content)
        model = CppModel(path)

    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        told = inputs_of(conditions, detector.one_hot_slot)
        with _threads(1):
            return _mev(list(model.generate(told, chain.cells, noise)), chain)

    return run


def _onnx(chain: Chain, graph: bytes, detector: DetectorSpec, level: str, threads: int) -> Way:
    session = session_of(graph, level, threads)

    def run(conditions: Conditions, noise: NDArray[np.float32]) -> NDArray[np.float32]:
        told = inputs_of(conditions, detector.one_hot_slot)
        cells = [
            session.run(["energies"], {"conditions": x[None], "noise": n[None]})[0]
            for x, n in zip(told, noise, strict=True)
        ]
        return _mev(cells, chain)

    return run


def session_of(graph: bytes, level: str, threads: int = 1) -> Any:
    """A session of ONNX Runtime on the CPU.

    Args:
        graph: serialised model.
        level: one of :data:`LEVELS`.
        threads: of one operation.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(
        onnxruntime.GraphOptimizationLevel, f"ORT_{LEVELS[level]}"
    )
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _mev(cells: list[NDArray[np.float32]], chain: Chain) -> NDArray[np.float32]:
    return np.stack(cells).reshape(-1, *chain.mesh) * np.float32(_MEV_PER_GEV)


@contextlib.contextmanager
def _threads(n: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
