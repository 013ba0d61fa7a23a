"""Finding what the modules of a package declare, so that adding one thing is adding one file."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, TypeVar

__all__ = ["Named", "discover"]


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name, unique among its kind."""


T = TypeVar("T", bound=Named)


def discover(package: str, attribute: str, kind: type[T]) -> tuple[T, ...]:
    """Everything that the modules of a package list under one attribute.

    Args:
        package: dotted name; its modules are imported in alphabetical order.
        attribute: name of a module-level tuple, e.g. ``OBSERVABLES``; a module may lack it.
        kind: class of the things listed.

    Returns:
        The things in the order of modules, then of their listing.

    Raises:
        TypeError: a listed thing is not of ``kind``.
        ValueError: two things have the same name.
    """
    found: dict[str, T] = {}
    path = importlib.import_module(package).__path__
    for name in sorted(module.name for module in pkgutil.iter_modules(path)):
        for item in getattr(importlib.import_module(f"{package}.{name}"), attribute, ()):
            if not isinstance(item, kind):
                raise TypeError(
                    f"{package}.{name}.{attribute} lists {item!r}, "
                    f"which is not of type {kind.__name__}"
                )
            if item.name in found:
                raise ValueError(
                    f"{package}.{name}.{attribute} lists '{item.name}' a second time; rename one"
                )
            found[item.name] = item
    return tuple(found.values())
