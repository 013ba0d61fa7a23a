"""TorchScript files.

``torch.jit.load`` reads an archive with its own reader of tables and source text: nothing of Python is
unpickled or imported. It compiles the source text in the archive and runs the ``__setstate__`` of its
modules; from then on the graph of ``forward`` is what is executed.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.errors import DeviceError, MissingPackageError, ModelError
from calobench.models.files.graph import draw_noise
from calobench.models.seed import Seed

__all__ = ["TorchScript", "quiet_jit"]

_OWN = frozenset({"aten", "prim", "quantized"})
# Of PyTorch itself, but they read or write files.
_REFUSED = frozenset({"aten::save", "aten::from_file"})
_MAX_LETTERS = 200


class TorchScript:
    """A graph from a TorchScript archive.

    Args:
        path: the file, not empty.

    Raises:
        ModelError: it is no TorchScript, is damaged, or has an interface or operators that are refused.
        MissingPackageError: torch is not installed.
    """

    kind = "TorchScript"

    def __init__(self, path: Path) -> None:
        try:
            import torch
        except ImportError as error:
            raise MissingPackageError(f"{path} needs torch; pip install torch") from error
        self._torch, self._path = torch, path
        self._module = _loaded(path)
        self.label = f"PyTorch {torch.__version__}, TorchScript"
        self.device = "cpu"
        self.remarks: tuple[str, ...] = ()
        if self._module.training:
            self.remarks = (
                f"{path.name} was saved in training mode, in which Par04 runs it; DDML and calobench set "
                "evaluation mode",
            )
        self._module.eval()
        with quiet_jit():
            _require_own_operators(self._module, path)
        self._noise = int(getattr(self._module, "noise_size", 0))
        arguments = [a.name for a in self._module.forward.schema.arguments[1:]]
        if len(arguments) != (2 if self._noise else 1):
            raise ModelError(
                f"{path} takes {len(arguments)} inputs ({', '.join(arguments)}); export one that takes the 8 "
                "numbers of Par04: E in GeV, phi, theta, one-hot of five"
            )
        self._rank: int | None = None

    def to(self, device: str) -> None:
        """See :class:`calobench.models.files.graph.Graph`."""
        try:
            place = self._torch.device(device)
            self._module.to(place)
        except (RuntimeError, AssertionError) as error:
            raise DeviceError(
                f"{self._path.name} cannot be moved to '{device}': {_line(error)}; use cpu"
            ) from error
        self.device = device

    def run(self, inputs: NDArray[np.float32], seed: Seed) -> NDArray[np.float32]:
        """See :class:`calobench.models.files.graph.Graph`."""
        torch = self._torch
        told = torch.from_numpy(np.ascontiguousarray(inputs))
        noise = (
            torch.from_numpy(draw_noise(seed, len(inputs), self._noise)) if self._noise else None
        )
        # The generator of the process is what the graph draws from.
        with torch.random.fork_rng(), torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(int(seed))
            rows = [
                self._one(told[k], None if noise is None else noise[k]) for k in range(len(told))
            ]
        return np.stack(rows)

    def _one(self, told: Any, noise: Any) -> NDArray[np.float32]:
        refusals = []
        for rank in (self._rank,) if self._rank else (1, 2):
            values = [told, *([] if noise is None else [noise])]
            shaped = [v.view(1, -1) if rank == 2 else v for v in values]
            try:
                result = self._module(*(v.to(self.device) for v in shaped))
            except Exception as error:  # TorchScript's own errors share no other base
                refusals.append(_line(error))
                continue
            self._rank = rank
            return self._numbers(result)
        raise ModelError(
            f"{self._path} accepts neither (8,) nor (1, 8) numbers: {refusals[0]}; export a graph of E in "
            "GeV, phi, theta and a one-hot of five"
        )

    def _numbers(self, result: object) -> NDArray[np.float32]:
        if isinstance(result, tuple | list | dict):
            raise ModelError(
                f"{self._path} has {len(result)} outputs; export one with the cell energies alone"
            )
        if not isinstance(result, self._torch.Tensor):
            raise ModelError(
                f"{self._path} returns a {type(result).__name__}; export one that returns a tensor"
            )
        numbers: NDArray[np.float32] = result.float().squeeze().cpu().numpy()
        return numbers


@contextmanager
def quiet_jit() -> Iterator[None]:
    """Inside, PyTorch does not say that TorchScript is deprecated: Par04 and DDML read nothing else."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.*", DeprecationWarning)
        yield


def _loaded(path: Path) -> Any:
    import torch

    _require_archive(path)
    try:
        with quiet_jit():
            return torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:
        unknown = re.search(r"[Uu]nknown (?:builtin op|type name)\W+([\w.]+(?:::\w+)?)", str(error))
        if unknown:
            raise ModelError(
                f"{path} uses the custom operator '{unknown[1]}', which PyTorch does not have; export it "
                "with standard operators"
            ) from error
        raise ModelError(
            f"{path} is damaged or of a newer PyTorch than {torch.__version__}: {_line(error)}; copy or "
            "export it again"
        ) from error


def _require_archive(path: Path) -> None:
    remedy = "give a TorchScript archive, made with torch.jit.trace or script and save"
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is no TorchScript archive, or is cut short; {remedy}")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if not any(name.endswith("/constants.pkl") for name in names):
        what = (
            "weights alone (torch.save)"
            if any("data.pkl" in name for name in names)
            else "no graph"
        )
        raise ModelError(f"{path} holds {what}, and is not unpickled; {remedy}")


def _require_own_operators(module: Any, path: Path) -> None:
    operators = {node.kind() for node in _nodes(module.inlined_graph)}
    foreign = sorted(kind for kind in operators if kind.partition("::")[0] not in _OWN)
    if foreign:
        raise ModelError(
            f"{path} uses the custom operator '{foreign[0]}', which is not part of PyTorch; export it with "
            "PyTorch's own operators"
        )
    refused = sorted(operators & _REFUSED)
    if refused:
        raise ModelError(f"{path} uses '{refused[0]}', which reads or writes files; take it out")


def _nodes(block: Any) -> Iterator[Any]:
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from _nodes(inner)


def _line(error: BaseException) -> str:
    """The last line of an error of TorchScript, which begins with a trace of its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")
    return f"{told:.{_MAX_LETTERS}}"
