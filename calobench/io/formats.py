"""The formats that can be read: every module of :mod:`calobench.io.readers` with a ``FORMAT``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import calobench.io.readers
from calobench.errors import UnknownNameError
from calobench.io.hdf5 import names_in, open_hdf5
from calobench.io.shower_file import ShowerFile

__all__ = ["find_format", "formats"]


@cache
def formats() -> dict[str, type[ShowerFile]]:
    """Name to class of all formats."""
    modules = (
        importlib.import_module(f"{calobench.io.readers.__name__}.{module.name}")
        for module in pkgutil.iter_modules(calobench.io.readers.__path__)
    )
    classes = (getattr(module, "FORMAT", None) for module in modules)
    return {found.format_name: found for found in classes if found is not None}


def find_format(path: str | Path, name: str | None = None) -> type[ShowerFile]:
    """The format called ``name``, or the one that the file looks like (LEMURS if none).

    Raises:
        UnknownNameError: there is no format of that name.
        ShowerFileError: the file cannot be opened.
    """
    known = formats()
    if name is not None:
        if name not in known:
            raise UnknownNameError("format", name, known)
        return known[name]
    with open_hdf5(Path(path)) as file:
        names = names_in(file, Path(path))
    return next((f for f in known.values() if f.recognises(names)), known["lemurs"])
