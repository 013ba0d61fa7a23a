"""ONNX files, run by ONNX Runtime on the CPU.

ONNX Runtime seeds a random node by a number of the process and the node's place, or by the node's own
attribute ``seed``, once for each session (random.h and random_seed.cc of onnxruntime): a session made again
repeats itself. Here the noise is drawn from the run's seed and handed over, in a copy of the graph; where a
node's shape is not known, every call gets a session with the attribute from that seed. Nothing else changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.errors import DeviceError, MissingPackageError, ModelError
from calobench.models.files.graph import draw_noise
from calobench.models.files.onnx_check import interface_of, load_onnx, random_nodes
from calobench.models.files.onnx_noise import take_out_noise
from calobench.models.seed import Seed

__all__ = ["LEVELS", "OnnxGraph"]

LEVELS = {
    "none": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
"""Level of the rewriting of the graph by ONNX Runtime; Par04's macros switch everything off."""
# The attribute is a float, exact so far; 0 is as good as 1 to the runtime's generator.
_MAX_SEED = 2**24
_MAX_LETTERS = 200


class OnnxGraph:
    """A graph from an ONNX file.

    Args:
        path: the file, not empty.
        optimisation: one of :data:`LEVELS`.

    Raises:
        ModelError: it is no ONNX file, is damaged, or has an interface or operators that are refused.
        MissingPackageError: onnx or onnxruntime is not installed.
    """

    device = "cpu"

    def __init__(self, path: Path, optimisation: str = "all") -> None:
        if optimisation not in LEVELS:
            raise ModelError(f"optimisation={optimisation}: give one of {', '.join(LEVELS)}")
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingPackageError(
                f"{path} needs onnxruntime; pip install 'calobench[onnx]'"
            ) from error
        self._runtime, self._path, self._level = onnxruntime, path, LEVELS[optimisation]
        self._model = load_onnx(path)
        self._interface = interface_of(self._model, path)
        self._random = random_nodes(self._model)
        opsets = [one.version for one in self._model.opset_import if one.domain in {"", "ai.onnx"}]
        self.kind = f"ONNX opset {max(opsets, default=0)}"
        self.label = f"ONNX Runtime {onnxruntime.__version__}, optimisation {optimisation}"
        self.remarks = self._remarks()
        self._drawn = take_out_noise(self._model)
        self._random = random_nodes(self._model)
        self._session: Any = None
        if not self._random:
            self._session = self._opened()

    def _remarks(self) -> tuple[str, ...]:
        if not self._random:
            return ()
        if any(a.name == "seed" for node in self._random for a in node.attribute):
            told = "with a seed that is fixed in the file: every session and every job gets the same showers"
        else:
            told = (
                "and ONNX Runtime seeds it once a process: sessions of one process (threads of Par04 or "
                "ddsim) get the same showers"
            )
        return (
            f"{self._path.name} draws its noise inside, {told}; here every chunk has its own seed",
        )

    def to(self, device: str) -> None:
        """See :class:`calobench.models.files.graph.Graph`."""
        if device != self.device:
            raise DeviceError(f"{self._path.name} runs on the CPU only; leave --device out")

    def run(self, inputs: NDArray[np.float32], seed: Seed) -> NDArray[np.float32]:
        """See :class:`calobench.models.files.graph.Graph`."""
        session = self._session or self._seeded(seed)
        shape = self._interface.noise
        noise = draw_noise(seed, len(inputs), shape[2]) if shape else [None] * len(inputs)
        # Another stream than that of a noise that is an input.
        rng = np.random.default_rng([*seed.generate_state(4).tolist(), 1])
        return np.stack(
            [
                self._one(session, row, given, {one.name: one.draw(rng) for one in self._drawn})
                for row, given in zip(inputs, noise, strict=True)
            ]
        )

    def _one(
        self,
        session: Any,
        row: NDArray[np.float32],
        noise: NDArray[np.float32] | None,
        inside: dict[str, NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        told, size, rank, drawn, output = self._interface
        parts = np.split(row[:size], len(told))
        feed = {name: _ranked(part, rank) for name, part in zip(told, parts, strict=True)}
        feed |= inside
        if drawn is not None and noise is not None:
            feed[drawn[0]] = _ranked(noise, drawn[1])
        try:
            result = session.run([output], feed)[0]
        except Exception as error:  # the runtime's own exceptions share no other base
            raise ModelError(f"{self._path} fails when it runs: {_line(error)}") from error
        numbers = np.asarray(result)
        if numbers.dtype.kind != "f":
            raise ModelError(
                f"{self._path} returns {numbers.dtype}; export one that returns float32"
            )
        return numbers.astype(np.float32).squeeze()

    def _seeded(self, seed: Seed) -> Any:
        import onnx

        words = seed.generate_state(len(self._random))
        for node, word in zip(self._random, words, strict=True):
            kept = [a for a in node.attribute if a.name != "seed"]
            del node.attribute[:]
            value = float(1 + int(word) % (_MAX_SEED - 1))
            node.attribute.extend([*kept, onnx.helper.make_attribute("seed", value)])
        return self._opened()

    def _opened(self) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.graph_optimization_level = getattr(
            self._runtime.GraphOptimizationLevel, self._level
        )
        try:
            return self._runtime.InferenceSession(
                self._model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(
                f"ONNX Runtime {self._runtime.__version__} refuses {self._path}: {_line(error)}; export it "
                "again, with opset 17 if it is a question of versions"
            ) from error


def _ranked(values: NDArray[np.float32], rank: int) -> NDArray[np.float32]:
    return np.ascontiguousarray(values if rank == 1 else values.reshape(1, -1))


def _line(error: BaseException) -> str:
    return f"{' '.join(str(error).split()):.{_MAX_LETTERS}}"
