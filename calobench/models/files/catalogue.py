"""Kinds of files that are models, by the end of their names; other packages add kinds of their own.

An entry point of the group ``calobench.model_files`` is called as the end of the names (``.safetensors``) and
names a factory whose first argument is the path; further arguments come from ``--model-arg``. Behind ``cpp:``
a TorchScript or ONNX file is run by the C++ library, see :mod:`calobench.models.files.cpp_library`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from calobench.models.naming import ModelName

__all__ = ["CPP", "FILE_GROUP", "is_model_file", "model_file_factory", "model_file_path"]

FILE_GROUP = "calobench.model_files"

CPP = "cpp:"
"""Before the name of a file that C++ is to run."""

Factory = Callable[..., object]


def _torchscript() -> Factory:
    from calobench.models.files.file_model import torchscript_file

    return torchscript_file


def _onnx() -> Factory:
    from calobench.models.files.file_model import onnx_file

    return onnx_file


_KINDS: Mapping[str, Callable[[], Factory]] = {
    ".pt": _torchscript,
    ".pth": _torchscript,
    ".onnx": _onnx,
}


def _kinds() -> dict[str, Callable[[], Factory]]:
    further: dict[str, Callable[[], Factory]] = {
        entry.name: entry.load for entry in entry_points(group=FILE_GROUP)
    }
    return {**further, **_KINDS}


def model_file_path(name: str) -> Path | None:
    """The file that the name of a model begins with; None if it names none."""
    factory = ModelName.parse(name).factory
    path = Path(factory.removeprefix(CPP))
    known = _KINDS if factory.startswith(CPP) else _kinds()
    return path if path.suffix.lower() in known else None


def is_model_file(name: str) -> bool:
    """Whether ``--model`` names a trained file."""
    return model_file_path(name) is not None


def model_file_factory(path: Path, *, in_cpp: bool = False) -> Factory:
    """The factory of a model from a file; takes the arguments that this kind of file has.

    Args:
        path: the file.
        in_cpp: the C++ library runs it.
    """
    if in_cpp:
        from calobench.models.files.file_model import cpp_file

        return partial(cpp_file, path)
    return partial(_kinds()[path.suffix.lower()](), path)
