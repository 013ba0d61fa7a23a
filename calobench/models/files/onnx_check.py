"""Reading an ONNX file, and refusing what cannot be run as it is: by name, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from calobench._util.places import resolved
from calobench.errors import MissingPackageError, ModelError

__all__ = ["Interface", "interface_of", "load_onnx", "random_nodes"]

_STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
_RANDOM = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli"}
    | {"Multinomial"}
)
_NUMBERS = 8


class Interface(NamedTuple):
    """Inputs and output of a graph.

    Attributes:
        told: names of the inputs that are told the conditions: one of 8 or 3 numbers, or three of one each.
        size: numbers that all of them take together.
        rank: of each of them, 1 or 2.
        noise: name, rank and size of the input of noise; None where the graph draws it, or has none.
        output: name of the output.
    """

    told: tuple[str, ...]
    size: int
    rank: int
    noise: tuple[str, int, int] | None
    output: str


def load_onnx(path: Path) -> Any:
    """The graph with all its numbers in memory, an ``onnx.ModelProto``.

    Raises:
        MissingPackageError: onnx is not installed.
        ModelError: damaged, of a newer opset, with custom operators, or parts of it are missing.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingPackageError(f"{path} needs onnx; pip install 'calobench[onnx]'") from error
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's own errors share no other base
        raise ModelError(
            f"{path} is no ONNX file, or is cut short; copy or export it again"
        ) from error
    if not model.graph.node:
        raise ModelError(
            f"{path} is no ONNX file, or is cut short: it has no nodes; export it again"
        )
    _require_known_opset(model, onnx.defs.onnx_opset_version(), path)
    _require_standard_operators(model, path)
    _load_external(model, path)
    return model


def _require_known_opset(model: Any, newest: int, path: Path) -> None:
    for one in model.opset_import:
        if one.domain in {"", "ai.onnx"} and one.version > newest:
            raise ModelError(
                f"{path} has opset {one.version}, newer than {newest}, which the installed onnx knows; "
                "export it with an older opset (17 is read everywhere), or update onnx and onnxruntime"
            )


def _require_standard_operators(model: Any, path: Path) -> None:
    # A file may bring functions of its own, made of standard operators.
    own = {(one.domain, one.name) for one in model.functions}
    nodes = [*_nodes(model.graph), *(node for f in model.functions for node in _nodes(f))]
    for node in nodes:
        if node.domain not in _STANDARD and (node.domain, node.op_type) not in own:
            raise ModelError(
                f"{path} uses the custom operator '{node.domain}::{node.op_type}', which ONNX does not have; "
                "export it with standard operators"
            )


def _load_external(model: Any, path: Path) -> None:
    from onnx import external_data_helper as external

    folder = resolved(path).parent
    for tensor in model.graph.initializer:
        if not external.uses_external_data(tensor):
            continue
        name = external.ExternalDataInfo(tensor).location
        part = resolved(folder / name)
        if not part.is_relative_to(folder):
            raise ModelError(
                f"{path} keeps numbers in '{name}', outside its folder; save it as one file"
            )
        if not part.is_file():
            raise ModelError(
                f"{path} keeps its numbers in '{name}', which is not beside it; copy that file too, or "
                "save the model as one file"
            )
    try:
        external.load_external_data_for_model(model, str(folder))
    except Exception as error:
        raise ModelError(
            f"{path}: the numbers that it keeps in other files cannot be read; copy them again"
        ) from error


def random_nodes(model: Any) -> list[Any]:
    """The nodes that draw random numbers, of the graph and of all that lies within."""
    bodies = (model.graph, *model.functions)
    return [node for body in bodies for node in _nodes(body) if node.op_type in _RANDOM]


def _nodes(body: Any) -> Iterator[Any]:
    for node in getattr(body, "node", ()):
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def interface_of(model: Any, path: Path) -> Interface:
    """Inputs and outputs of the graph.

    Raises:
        ModelError: another signature than Par04's, or more than one output.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in weights]
    outputs = [one.name for one in model.graph.output]
    if len(outputs) != 1:
        raise ModelError(
            f"{path} has {len(outputs)} outputs ({', '.join(outputs)}); export one with the cell energies "
            "alone"
        )
    shapes = {one.name: _shape(one) for one in inputs}
    noise = shapes.pop("noise", None) if len(shapes) > 1 else None
    sizes = {name: _size(shape) for name, shape in shapes.items()}
    alone = len(sizes) == 1 and next(iter(sizes.values())) in {3, _NUMBERS}
    three = len(sizes) == 3 and set(sizes.values()) == {1}
    ranks = {len(shape) for shape in shapes.values()}
    if not (alone or three) or len(ranks) != 1 or not ranks <= {1, 2}:
        told = ", ".join(f"{name} {_words(shape)}" for name, shape in shapes.items())
        raise ModelError(
            f"{path} takes {told or 'no input'}; export one that takes the 8 numbers of Par04 as (8,) or "
            "(1, 8): E in GeV, phi, theta, one-hot of five (or E, phi, theta as three inputs)"
        )
    drawn = None if noise is None else ("noise", len(noise), _size(noise))
    return Interface(tuple(sizes), sum(sizes.values()), ranks.pop(), drawn, outputs[0])


def _shape(value: Any) -> tuple[int | str, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(d.dim_value if d.HasField("dim_value") else (d.dim_param or "?") for d in dims)


def _size(shape: tuple[int | str, ...]) -> int:
    """Numbers of one shower; a first dimension without a size is the batch."""
    size = 1
    for k, step in enumerate(shape):
        if isinstance(step, str):
            if k or len(shape) == 1:
                return 0
            continue
        size *= step
    return size


def _words(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))})"
