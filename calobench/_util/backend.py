"""The backend of matplotlib that the environment names, where it is not there to be imported."""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["drop_missing_backend"]

_MODULE = "module://"


def drop_missing_backend() -> None:
    """Take out of the environment what would make ``import matplotlib`` fail.

    A shell or script that is started from a notebook inherits the notebook's backend, whose module may
    not be installed where it runs. Figures are drawn to files, which needs none.
    """
    named = os.environ.get("MPLBACKEND", "")
    if "matplotlib" in sys.modules or not named.startswith(_MODULE):
        return
    try:
        there = importlib.util.find_spec(named.removeprefix(_MODULE)) is not None
    except (ImportError, ValueError):
        there = False
    if not there:
        del os.environ["MPLBACKEND"]
