"""Names of samples: ``DATASET[:SUBSET][/partN]``, such as ``lemurs:FCCeeALLEGRO/50GeV``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calobench._util.suggestion import did_you_mean
from calobench.datasets.catalogue import data_set_names, load_data_set
from calobench.datasets.spec import DataFile, DataSet, Subset
from calobench.errors import UnknownNameError

__all__ = ["Selection", "is_data_set", "is_mistyped", "select"]

_NAME = re.compile(r"(?P<data_set>[\w-]+)(:(?P<rest>[\w./-]+))?")
_PART = re.compile(r"(?:(?P<subset>.*)/|^)part(?P<part>[0-9]+)$")
# A slip of one or two letters; not any word that could also be a file or a module.
_CLOSE = 0.75


@dataclass(frozen=True)
class Selection:
    """A sample of a data set.

    Attributes:
        data_set: where it is from.
        subset: of the data set.
        part: one part of it, counted from 1; None for all.
    """

    data_set: DataSet
    subset: Subset
    part: int | None

    @property
    def name(self) -> str:
        """Name of this sample in options and arguments."""
        part = "" if self.part is None else f"part{self.part}"
        rest = "/".join(one for one in (self.subset.name, part) if one)
        return f"{self.data_set.name}:{rest}" if rest else self.data_set.name

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files of the record that hold it."""
        parts = range(1, self.subset.parts + 1) if self.part is None else (self.part,)
        return tuple(self.subset.data_file(part) for part in parts)


def is_data_set(text: str) -> bool:
    """Whether a text names a data set, or a sample of one."""
    match = _NAME.fullmatch(text)
    return match is not None and match["data_set"] in data_set_names()


def is_mistyped(text: str) -> bool:
    """Whether a text is so near to the name of a sample that it was meant to be one."""
    match = _NAME.fullmatch(text)
    if match is None or match["rest"] is None or is_data_set(text):
        return False
    return did_you_mean(match["data_set"], data_set_names(), cutoff=_CLOSE) != ""


def select(text: str, part: int | None = None) -> Selection:
    """The sample that a text names.

    Args:
        text: ``DATASET[:SUBSET][/partN]``.
        part: the part, where the text does not name it.

    Raises:
        UnknownNameError: there is no such data set, subset or part.
    """
    match = _NAME.fullmatch(text)
    data_set = load_data_set(match["data_set"] if match else text)
    rest = (match["rest"] if match else None) or ""
    in_text = _PART.fullmatch(rest)
    if in_text is not None:
        rest, part = in_text["subset"] or "", int(in_text["part"])
    subset = _subset(data_set, rest)
    if part is not None and not 1 <= part <= subset.parts:
        raise UnknownNameError(
            f"part of {data_set.name}", str(part), (str(k + 1) for k in range(subset.parts))
        )
    return Selection(data_set, subset, part if subset.parts > 1 else None)


def _subset(data_set: DataSet, name: str) -> Subset:
    by_name = {one.name.casefold(): one for one in data_set.subsets}
    if name.casefold() not in by_name:
        known = [f"{data_set.name}:{one.name}".removesuffix(":") for one in data_set.subsets]
        raise UnknownNameError("sample", f"{data_set.name}:{name}".removesuffix(":"), known)
    return by_name[name.casefold()]
