"""Suggestions for a mistyped name, and the words of pydantic's errors."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from calobench._util.suggestion import did_you_mean
from calobench._util.validation import describe_validation_error


class Inner(BaseModel):
    depth: int = 0


class Settings(BaseModel):
    mode: Literal["optional", "required"] = "optional"
    floors: dict[Literal["bias", "width"], float] = {}
    names: tuple[str, ...] = ()
    inner: Inner | None = None


def test_the_closest_name_whatever_its_case() -> None:
    assert did_you_mean("distiled", ["full", "Distilled"]) == "did you mean 'Distilled'? "
    assert did_you_mean("xyz", ["full", "Distilled"]) == ""
    assert did_you_mean("xyz", []) == ""


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"mode": "requird"}, "mode: no 'requird': did you mean 'required'? there are optional, required"),
        ({"mode": 3}, "mode: must be 'optional' or 'required'"),
        ({"floors": {"bais": 1}}, "floors.bais: unknown key: did you mean 'bias'? there are bias, width"),
        ({"floors": {"bias": "x"}}, "floors.bias: Input should be a valid number, unable to parse string"),
        ({"names": "one"}, "names: must be a list: [...]"),
        ({"floors": 3}, "floors: must be a mapping of keys"),
        ({"inner": 3}, "inner: must be a mapping of keys"),
        ({"floors": {"a\nb": 1}}, "floors.a b: unknown key: there are bias, width"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_told_with_those_there_are(given: Any, line: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings.model_validate(given)
    assert describe_validation_error(error.value).startswith(line)
