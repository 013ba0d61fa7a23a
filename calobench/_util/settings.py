"""Settings that users write, in YAML or TOML: a slip is told with what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from calobench._util.validation import KEY

__all__ = ["Settings", "one_of"]


class Settings(BaseModel):
    """Frozen settings: no unknown keys, every number finite, and no value taken for one of another kind.

    YAML and TOML say themselves what is a number: ``true`` and ``"0.01"`` are none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, given: object) -> object:
        """A mistyped key is told before the one that it leaves missing."""
        if not isinstance(given, Mapping):
            return given
        unknown = [str(key) for key in given if key not in cls.model_fields]
        if unknown:
            raise _not_among(cls.__name__, [((key, KEY), key) for key in unknown], cls.model_fields)
        return {key: _with_tuples(value) for key, value in given.items()}


def _with_tuples(value: object) -> object:
    """Lists as tuples, at any depth: frozen settings have no lists."""
    if isinstance(value, list | tuple):
        return tuple(_with_tuples(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _with_tuples(item) for key, item in value.items()}
    return value


def one_of(*models: type[Settings]) -> BeforeValidator:
    """Settings of one of several kinds, told apart by their key ``kind``.

    Other than pydantic's own union it keeps the kind out of the path of a wrong key.

    Args:
        models: have a ``kind`` that is a literal of one or more names.
    """
    kinds = {
        kind: model for model in models for kind in get_args(model.model_fields["kind"].annotation)
    }

    def of_its_kind(given: object) -> object:
        if isinstance(given, models):
            return given
        if not isinstance(given, Mapping) or "kind" not in given:
            raise ValueError(f"needs 'kind', one of {', '.join(kinds)}")
        kind = given["kind"]
        if not isinstance(kind, str) or kind not in kinds:
            raise _not_among("kind", [(("kind",), kind)], kinds)
        return kinds[kind].model_validate(given)

    return BeforeValidator(of_its_kind)


def _not_among(
    title: str, wrong: list[tuple[tuple[str, ...], object]], known: Iterable[str]
) -> ValidationError:
    """The words of pydantic for a wrong literal, so that it is told in the same words."""
    expected = " or ".join(f"'{name}'" for name in known)
    details = [
        InitErrorDetails(type="literal_error", loc=loc, input=given, ctx={"expected": expected})
        for loc, given in wrong
    ]
    return ValidationError.from_exception_data(title, details)
