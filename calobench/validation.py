"""What pydantic objects to, in one line."""

from __future__ import annotations

from pydantic import ValidationError

__all__ = ["describe_validation_error"]


def describe_validation_error(error: ValidationError) -> str:
    """The first problems of a pydantic error in one line, each with the path of its key."""
    problems = []
    for item in error.errors(include_url=False)[:3]:
        where = ".".join(str(part) for part in item["loc"]) or "top level"
        problem = "unknown key" if item["type"] == "extra_forbidden" else item["msg"]
        problems.append(f"{where}: {problem.removeprefix('Value error, ')}")
    return "; ".join(problems)
