"""Objections of pydantic, in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from calobench._util.suggestion import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["KEY", "describe_validation_error"]

KEY = "[key]"
"""Mark of pydantic for a wrong key of a mapping, not a wrong value."""

# Where pydantic speaks of Python to somebody who wrote JSON, YAML or TOML.
_PLAIN = {
    "extra_forbidden": "unknown key",
    "tuple_type": "must be a list: [...]",
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
}


def describe_validation_error(error: ValidationError) -> str:
    """The first problems of a pydantic error in one line, each with the path of its key."""
    problems = []
    for item in error.errors(include_url=False)[:3]:
        where = ".".join(str(part) for part in item["loc"] if part != KEY) or "top level"
        problems.append(f"{where}: {_problem(item)}")
    return " ".join("; ".join(problems).split())


def _problem(item: ErrorDetails) -> str:
    if item["type"] == "literal_error":
        return _not_among(item["input"], item["ctx"]["expected"], key=KEY in item["loc"])
    return _PLAIN.get(item["type"], item["msg"].removeprefix("Value error, "))


def _not_among(given: object, expected: str, *, key: bool) -> str:
    """A value, or a key, that is not among those there are."""
    if not isinstance(given, str):
        return f"must be {expected}"
    known = re.findall(r"'([^']*)'", expected)
    what = "unknown key" if key else f"no '{given}'"
    return f"{what}: {did_you_mean(given, known)}there are {', '.join(known)}"
