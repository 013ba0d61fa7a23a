"""Finding what is declared, here and in other packages, so that adding one thing is adding one file."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple, Protocol, TypeVar

from calobench.errors import PluginError, PluginWarning

__all__ = ["Named", "discover", "discover_folders"]


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name, unique among its kind."""


T = TypeVar("T", bound=Named)


class _Listed(NamedTuple):
    """A thing, and where it is listed: a module or an entry point, for messages."""

    item: object
    origin: str


def discover(
    package: str, attribute: str, kind: type[T], group: str | None = None
) -> tuple[T, ...]:
    """Everything of one kind: what the modules of a package list, then what other packages register.

    An entry point of ``group`` names one thing of ``kind`` or a tuple of them. One that cannot be
    imported is left out with a :class:`~calobench.errors.PluginWarning`; the others go on.

    Args:
        package: dotted name; its modules are imported in alphabetical order.
        attribute: name of a module-level tuple, e.g. ``OBSERVABLES``; a module may lack it.
        kind: class of the things listed.
        group: of entry points; None for no other packages.

    Returns:
        The things in the order of modules, then of entry points by name.

    Raises:
        TypeError: a module lists a thing that is not of ``kind``.
        PluginError: an entry point names a thing that is not of ``kind``, or two things have one name.
    """
    return _collect(_own(package, attribute), kind, group)


def discover_folders(
    package: str, module: str, attribute: str, kind: type[T], group: str | None = None
) -> tuple[T, ...]:
    """Everything of one kind, one in a folder of its own: as :func:`discover`.

    Args:
        package: dotted name; its folders are looked at in alphabetical order.
        module: of a folder; a folder may lack it.
        attribute: name of the one thing in that module.
        kind: class of the things.
        group: of entry points; None for no other packages.
    """
    return _collect(_in_folders(package, module, attribute), kind, group)


def _collect(own: Iterable[_Listed], kind: type[T], group: str | None) -> tuple[T, ...]:
    collected: dict[str, T] = {}
    origins: dict[str, str] = {}
    for item, origin in own:
        if not isinstance(item, kind):
            raise TypeError(f"{origin} lists {item!r}, which is not of type {kind.__name__}")
        _add(collected, origins, item, origin)
    for item, origin in _of_others(group) if group is not None else ():
        if not isinstance(item, kind):
            raise PluginError(
                f"{origin} gives a {type(item).__name__}, it must give a {kind.__name__} or a tuple of "
                "them; mend or uninstall that package"
            )
        _add(collected, origins, item, origin)
    return tuple(collected.values())


def _add(collected: dict[str, T], origins: dict[str, str], item: T, origin: str) -> None:
    if item.name in collected:
        raise PluginError(
            f"'{item.name}' is listed by {origins[item.name]} and by {origin}; rename one, or "
            "uninstall its package"
        )
    collected[item.name], origins[item.name] = item, origin


def _own(package: str, attribute: str) -> Iterator[_Listed]:
    path = importlib.import_module(package).__path__
    for name in sorted(module.name for module in pkgutil.iter_modules(path)):
        for item in getattr(importlib.import_module(f"{package}.{name}"), attribute, ()):
            yield _Listed(item, f"{package}.{name}.{attribute}")


def _in_folders(package: str, module: str, attribute: str) -> Iterator[_Listed]:
    path = importlib.import_module(package).__path__
    folders = sorted(folder.name for folder in pkgutil.iter_modules(path) if folder.ispkg)
    for name in (f"{package}.{folder}" for folder in folders):
        if any(
            part.name == module
            for part in pkgutil.iter_modules(importlib.import_module(name).__path__)
        ):
            item = getattr(importlib.import_module(f"{name}.{module}"), attribute)
            yield _Listed(item, f"{name}.{module}.{attribute}")


def _of_others(group: str) -> Iterator[_Listed]:
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        origin = _origin(entry)
        try:
            named = entry.load()
        except Exception as error:
            warnings.warn(
                f"{origin} cannot be imported and is left out: {type(error).__name__}: {error}",
                PluginWarning,
                stacklevel=2,
            )
            continue
        items = named if isinstance(named, Iterable) and not isinstance(named, str) else (named,)
        for item in items:
            yield _Listed(item, origin)


def _origin(entry: EntryPoint) -> str:
    package = "" if entry.dist is None else f" of the package {entry.dist.name}"
    return f"the entry point '{entry.name} = {entry.value}'{package}"
