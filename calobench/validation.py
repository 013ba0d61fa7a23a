"""What pydantic objects to, in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from calobench.suggestion import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["describe_validation_error"]


def describe_validation_error(error: ValidationError) -> str:
    """The first problems of a pydantic error in one line, each with the path of its key."""
    problems = []
    for item in error.errors(include_url=False)[:3]:
        where = ".".join(str(part) for part in item["loc"] if part != _KEY) or "top level"
        problems.append(f"{where}: {_problem(item)}")
    return "; ".join(problems)


# How pydantic marks that the key of a mapping is wrong and not its value.
_KEY = "[key]"


def _problem(item: ErrorDetails) -> str:
    if item["type"] == "extra_forbidden":
        return "unknown key"
    if item["type"] == "literal_error":
        return _not_among(str(item["input"]), item["ctx"]["expected"], key=_KEY in item["loc"])
    return item["msg"].removeprefix("Value error, ")


def _not_among(given: str, expected: str, *, key: bool) -> str:
    """A value, or a key, that is not among those there are."""
    known = re.findall(r"'([^']*)'", expected)
    what = "unknown key" if key else f"no '{given}'"
    return f"{what}: {did_you_mean(given, known)}there are {', '.join(known)}"
