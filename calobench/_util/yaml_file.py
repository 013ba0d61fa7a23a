"""Reading YAML that somebody wrote by hand: a value is what a physicist reads there, or is refused.

PyYAML follows YAML 1.1, in which ``010`` is 8, ``1:30`` is 90, ``1_0`` is 10 and ``on`` is true. Here a
number is decimal, ``true`` and ``false`` are the only words for yes and no, and what YAML 1.1 reads in
any other way is refused, as is every tag (``!!int``): both mean something else than they show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from calobench._util.files import UnreadableError, read_text
from calobench._util.validation import describe_validation_error
from calobench.errors import SpecError

__all__ = ["read_yaml", "read_yaml_as"]

Model = TypeVar("Model", bound=BaseModel)

# The largest bundled file has 4 kB; with aliases a small one can stand for billions of values.
_MAX_BYTES = 1_000_000
_MAX_NODES = 100_000

# A scalar that cannot be made into what it looks like, such as a number of 5,000 digits.
_UNREADABLE = (ValueError, LookupError, AttributeError, ArithmeticError)

_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_BOOL, _NULL = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"
_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
# The whole scalar must match; in this order.
_PLAIN = (
    (_INT, re.compile(r"[-+]?(0|[1-9][0-9]*)")),
    (_FLOAT, re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")),
    (_FLOAT, re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")),
    (_BOOL, re.compile(r"true|True|TRUE|false|False|FALSE")),
    (_NULL, re.compile(r"~|null|Null|NULL|")),
)


class _Loader(yaml.SafeLoader):
    """The safe loader with plain scalars, keys that must be unique, and errors that say where."""

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            _count(node, {})
        return node

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        tag = getattr(event, "tag", None)
        if tag is not None:
            problem = f"the tag '{tag}' is not read; write the value without it"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        in_quotes = not self.peek_event().implicit[0]  # type: ignore[no-untyped-call]
        node: yaml.ScalarNode = super().compose_scalar_node(anchor)
        if not in_quotes:
            node.tag = _plain_tag(node)
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else key
            if name in seen:
                raise _error(key, f"the key '{key.value}' is there twice; keep one of them")
            seen.add(name)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep=deep)
        except yaml.YAMLError:
            raise
        except _UNREADABLE as error:
            raise _error(
                node, "a value that cannot be read; correct it or put it in quotes"
            ) from error


def read_yaml(path: Path, what: str) -> object:
    """The content of a YAML file.

    Args:
        path: of the file.
        what: the file is of, for the message.

    Raises:
        SpecError: the file is missing, is not YAML, or has a key twice; names the line.
    """
    try:
        return yaml.load(read_text(path, _MAX_BYTES), _Loader)
    except UnreadableError as error:
        raise SpecError(f"cannot read {what} file {path}: {error}") from error
    except yaml.YAMLError as error:
        raise SpecError(f"{path} is not valid YAML: {_reason(error)}") from error
    except RecursionError as error:
        raise SpecError(f"{path} is not valid YAML: brackets are nested too deeply") from error


def read_yaml_as(model: type[Model], path: Path, what: str) -> Model:
    """The content of a YAML file, checked.

    Args:
        model: what it should hold.
        path: of the file.
        what: the file is of, for the message.

    Raises:
        SpecError: as :func:`read_yaml`, or it breaks the schema; names the path of the key.
    """
    try:
        return model.model_validate(read_yaml(path, what))
    except ValidationError as error:
        raise SpecError(f"{what} file {path}: {describe_validation_error(error)}") from error


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """Number of nodes that a node stands for, its aliases written out; too many are an error."""
    key = id(node)
    if key not in known:
        known[key] = _MAX_NODES  # what holds itself has no end
        children: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            children = node.value
        elif isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        known[key] = 1 + sum(_count(child, known) for child in children)
    if known[key] > _MAX_NODES:
        raise _error(node, f"this stands for more than {_MAX_NODES} values; write fewer aliases")
    return known[key]


def _plain_tag(node: yaml.ScalarNode) -> str:
    """The tag of a scalar without quotes, whose tag so far is that of YAML 1.1."""
    for tag, pattern in _PLAIN:
        if pattern.fullmatch(node.value):
            return tag
    tag_11: str = node.tag
    if tag_11 in {_TEXT, _MERGE}:
        return tag_11
    raise _error(
        node,
        f"'{node.value}' can be read in more than one way; write a decimal number, true or false, or put "
        "it in quotes",
    )


def _error(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _reason(error: Exception) -> str:
    reason = str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        reason = f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(reason.split())
