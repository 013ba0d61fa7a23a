"""Code of other packages: what it raises, or an attempt to end the program, is an error that names it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from calobench.errors import CalobenchError, PluginError

__all__ = ["foreign_code", "is_foreign", "module_of"]


def module_of(function: Callable[..., Any]) -> str:
    """Name of the module that a function is of; of a partial one, that of what it calls."""
    while isinstance(function, functools.partial):
        function = function.func
    return function.__module__


def is_foreign(function: Callable[..., Any]) -> bool:
    """Whether a function is not calobench's own."""
    return not module_of(function).startswith("calobench.")


@contextlib.contextmanager
def foreign_code(what: str, function: Callable[..., Any]) -> Iterator[None]:
    """Call ``function`` inside: if it is another package's, its failure is told as such.

    Args:
        what: for people, e.g. ``the observable 'mine'``.
        function: that is called.

    Raises:
        PluginError: it raised something, or tried to exit. Errors of calobench, and whatever calobench's
            own functions raise, pass as they are.
    """
    try:
        yield
    except CalobenchError:
        raise
    except (Exception, SystemExit) as error:
        if not is_foreign(function):
            raise
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise PluginError(
            f"{what} of {module_of(function)} failed: {told:.300}; mend it there, or uninstall its package"
        ) from error
