"""The known public data sets."""

from __future__ import annotations

from functools import cache

from calobench._util.resources import data_specs_dir
from calobench._util.yaml_file import read_yaml_as
from calobench.datasets.spec import DataSet
from calobench.errors import UnknownNameError

__all__ = ["data_set_names", "load_data_set"]


@cache
def data_set_names() -> tuple[str, ...]:
    """Names of the data sets in ``data_specs/datasets``, in alphabetical order."""
    return tuple(sorted(path.stem for path in (data_specs_dir() / "datasets").glob("*.yaml")))


def load_data_set(name: str) -> DataSet:
    """The facts about a data set.

    Raises:
        UnknownNameError: there is none of this name.
    """
    if name not in data_set_names():
        raise UnknownNameError("data set", name, data_set_names())
    return read_yaml_as(DataSet, data_specs_dir() / "datasets" / f"{name}.yaml", "data set")
