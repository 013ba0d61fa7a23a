"""Reading YAML that somebody wrote by hand: what PyYAML lets pass in silence is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from calobench.errors import SpecError
from calobench.validation import describe_validation_error

__all__ = ["read_yaml", "read_yaml_as"]

Model = TypeVar("Model", bound=BaseModel)

# What PyYAML's constructors let through of a scalar that is not what it looks like: 2024-99-99, a
# number of 5,000 digits, !!bool x, !!timestamp x.
_UNREADABLE = (ValueError, LookupError, AttributeError, ArithmeticError)


class _Loader(yaml.SafeLoader):
    """The safe loader, with keys that must be unique and errors that say where they are."""

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
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise SpecError(f"cannot read {what} file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
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


def _error(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _reason(error: Exception) -> str:
    reason = str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        reason = f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(reason.split())
