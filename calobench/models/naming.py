"""The name of a model with what it is told: ``name:key=value,...``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from calobench._util.suggestion import did_you_mean
from calobench.errors import ModelError

__all__ = ["ModelName", "join_arguments", "split_models", "with_arguments", "with_device"]


_ARGUMENTS = re.compile(r":(?=[A-Za-z_]\w*=)")


class ModelName(NamedTuple):
    """A model's name in its parts.

    Attributes:
        factory: a registered name, ``package.module:factory`` or ``path.py:factory``.
        arguments: as they were written, by key.
    """

    factory: str
    arguments: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Take a name apart; arguments begin behind the first colon with ``key=`` after it.

        Raises:
            ModelError: an argument is not ``key=value``, or a key is given twice.
        """
        begin = _ARGUMENTS.search(text)
        # What is no argument is told of the last part that looks like some.
        at = text.rfind(":") if begin is None else begin.start()
        factory, last = text[: max(at, 0)], text[at + 1 :]
        if at < 0 or "=" not in last:
            return cls(text, {})
        arguments: dict[str, str] = {}
        for part in last.split(","):
            key, equals, value = part.partition("=")
            if not equals or not key.isidentifier():
                raise ModelError(
                    f"model '{text}': '{part}' is no argument; write them as key=value, with commas between"
                )
            if key in arguments:
                raise ModelError(f"model '{text}': '{key}' is given twice; give it once")
            arguments[key] = value
        return cls(factory, arguments)

    @property
    def text(self) -> str:
        """The name in one piece, which :meth:`parse` takes apart."""
        arguments = ",".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.factory}:{arguments}" if arguments else self.factory

    def without(self, key: str) -> ModelName:
        """The name without one argument, if it has it."""
        kept = {name: value for name, value in self.arguments.items() if name != key}
        return ModelName(self.factory, kept)


def with_device(name: str, device: str) -> str:
    """A model's name with the device that it runs on, in the stead of one that it names.

    Args:
        name: of the model.
        device: ``auto`` leaves it out: that is what a name without one means.
    """
    plain = ModelName.parse(name).without("device").text
    return plain if device == "auto" else join_arguments(plain, [f"device={device}"])


def join_arguments(model: str, arguments: Iterable[str]) -> str:
    """A model's name with further arguments, each ``key=value``."""
    further = ",".join(arguments)
    if not further:
        return model
    return f"{model}{',' if ModelName.parse(model).arguments else ':'}{further}"


def split_models(text: str) -> tuple[str, ...]:
    """The models of a list with commas between; commas between arguments belong to their model.

    ``full,edm:sampler=heun,nfe=63`` are two.
    """
    names: list[str] = []
    for part in (word.strip() for word in text.split(",")):
        key, equals, _ = part.partition("=")
        if names and equals and key.isidentifier() and ModelName.parse(names[-1]).arguments:
            names[-1] += f",{part}"
        elif part:
            names.append(part)
    return tuple(names)


def with_arguments(factory: Callable[..., object], name: ModelName) -> Callable[[], object]:
    """The factory with its arguments bound, each of the type that the factory's signature says.

    Raises:
        ModelError: the factory takes no such argument, or a value is not of its type.
    """
    if not name.arguments:
        return factory
    parameters = inspect.signature(factory).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    bound: dict[str, Any] = {}
    for key, text in name.arguments.items():
        parameter = parameters.get(key)
        if parameter is None and not takes_any:
            known = [
                k for k, p in parameters.items() if p.kind is not inspect.Parameter.VAR_POSITIONAL
            ]
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ModelError(
                f"model '{name.factory}' has no argument '{key}': {did_you_mean(key, known)}{takes}"
            )
        annotation = inspect.Parameter.empty if parameter is None else parameter.annotation
        bound[key] = _value(text, annotation, f"model '{name.factory}': {key}={text}")
    return lambda: factory(**bound)


def _value(text: str, annotation: object, what: str) -> object:
    """The text as what the annotation asks for; without one, as the number or truth that it looks like."""
    kind = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    kinds = {part.strip() for part in kind.split("|")}
    readers: dict[str, Callable[[str], object]] = {"bool": _truth, "int": int, "float": float}
    asked = [reader for name, reader in readers.items() if name in kinds]
    for reader in asked or ([] if "str" in kinds else readers.values()):
        try:
            return reader(text)
        except ValueError:
            continue
    if asked and "str" not in kinds:
        raise ModelError(f"{what} is not of type {kind}; give one")
    return text


def _truth(text: str) -> bool:
    if text.casefold() in {"true", "false"}:
        return text.casefold() == "true"
    raise ValueError(text)
