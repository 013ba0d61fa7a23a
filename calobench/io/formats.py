"""The formats that can be read: those of :mod:`calobench.io.readers`, and of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from calobench._util.discovery import discover
from calobench.errors import ShowerFileError, UnknownNameError
from calobench.io.diagnosis import not_showers
from calobench.io.format import Format
from calobench.io.head import FileHead
from calobench.io.reading import Reading

__all__ = ["endings", "find_format", "formats", "require_taken"]

_GROUP = "calobench.readers"
_OPTIONS = {"axes": "--axes", "unit": "--unit", "collection": "--collection"}


@cache
def formats() -> dict[str, Format]:
    """Name to format: those of calobench in alphabetical order of modules, then those of other packages.

    Raises:
        PluginError: two formats have one name, or an entry point names something else.
    """
    return {one.name: one for one in discover("calobench.io.readers", "FORMATS", Format, _GROUP)}


def endings() -> frozenset[str]:
    """Endings of the files of all formats."""
    return frozenset(ending for one in formats().values() for ending in one.endings)


def find_format(path: str | Path, name: str | None = None) -> Format:
    """The format that the file has, which must be the one called ``name``; LEMURS for any other HDF5.

    Raises:
        UnknownNameError: there is no format of that name.
        ShowerFileError: the file cannot be read, or has no format that is known, or two.
        PluginError: a reader of another package fails.
    """
    known = formats()
    if name is not None and name not in known:
        raise UnknownNameError("format", name, known)
    head = FileHead.of(Path(path))
    fitting = [one for one in known.values() if one.recognises_file(head)]
    if name is not None:
        if fitting and known[name] not in fitting:
            raise ShowerFileError(
                f"{path} looks like {fitting[0].name}, not like {name}; leave --format out, or correct it"
            )
        if fitting or head.is_hdf5:
            return known[name]
    if len(fitting) > 1:
        names = " and ".join(one.name for one in fitting)
        raise ShowerFileError(f"{path} looks like {names}; say which it is with --format")
    if not fitting and not head.is_hdf5:
        raise not_showers(head.path)
    # What LEMURS lacks in it says best what is the matter with it.
    return fitting[0] if fitting else known["lemurs"]


def require_taken(reading: Reading, paths: Iterable[Path]) -> None:
    """Check that what is said of files is of use for one of them.

    Raises:
        ShowerFileError: no file has a format that takes it.
    """
    if not reading.declarations:
        return
    kinds = [find_format(path, reading.format_name) for path in paths]
    for name in sorted(reading.declarations):
        if not any(name in kind.takes for kind in kinds):
            takers = ", ".join(one.name for one in formats().values() if name in one.takes)
            read = ", ".join(dict.fromkeys(kind.name for kind in kinds)) or "none"
            raise ShowerFileError(
                f"{_OPTIONS[name]} is for files of the formats {takers}, those here are {read}; leave it out"
            )
