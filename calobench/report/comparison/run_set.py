"""Several runs of one protocol side by side: their names, their looks, and when they may not stand so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from calobench._util.places import resolved
from calobench.errors import ComparisonError
from calobench.report.palette import Look, looks
from calobench.results.record import Record

__all__ = [
    "MAX_RUNS",
    "NamedRun",
    "ReferenceOf",
    "RunSet",
    "different_settings",
    "distinct_names",
    "named_runs",
    "require_each_once",
    "require_few",
    "share_reference",
]

MAX_RUNS = 16
"""More curves in one figure cannot be told apart."""

R = TypeVar("R", bound=Record)


class NamedRun(NamedTuple, Generic[R]):
    """One of the runs.

    Attributes:
        name: unlike that of any other.
        results: all of it.
        look: colour, marker and dashes.
    """

    name: str
    results: R
    look: Look


class RunSet(NamedTuple, Generic[R]):
    """Runs that may be compared.

    Attributes:
        title: what all are of: a detector, or a data set.
        runs: in the order in which they were given.
        notes: what a reader has to know of them.
        one_reference: all were compared with the same showers.
    """

    title: str
    runs: tuple[NamedRun[R], ...]
    notes: tuple[str, ...]
    one_reference: bool


class ReferenceOf(NamedTuple):
    """The reference that a run was compared with.

    Attributes:
        place: of the results, for an error.
        is_first: it is that of the first run.
        words: which one.
    """

    place: str
    is_first: bool
    words: str


def named_runs(named: Sequence[tuple[str, str]], results: Sequence[R]) -> tuple[NamedRun[R], ...]:
    """The runs with distinct names, and a look each.

    Args:
        named: name and label of each.
        results: of each.
    """
    names = distinct_names(named)
    look = looks(names)
    return tuple(NamedRun(name, one, look[name]) for name, one in zip(names, results, strict=True))


def distinct_names(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names that differ: with the label where a name is repeated, and a number where that is not enough.

    Args:
        named: name and label of each.
    """
    repeated = Counter(name for name, _ in named)
    full = [f"{name} ({label})" if repeated[name] > 1 else name for name, label in named]
    counts, seen = Counter(full), Counter[str]()
    made = []
    for name in full:
        seen[name] += 1
        made.append(f"{name} {seen[name]}" if counts[name] > 1 else name)
    return made


def require_few(count: int) -> None:
    """Raise unless so many runs can be told apart.

    Raises:
        ComparisonError: there are none, or too many.
    """
    if not count:
        raise ComparisonError("no results to compare; give the results.json of one run or more")
    if count > MAX_RUNS:
        raise ComparisonError(
            f"{count} results are more than can be told apart in a figure; give {MAX_RUNS} at most"
        )


def require_each_once(files: Sequence[Path]) -> None:
    """Raise where a file is given twice, by whatever path.

    Raises:
        ComparisonError: a file is given twice.
    """
    seen: set[Path] = set()
    for file in files:
        if resolved(file) in seen:
            raise ComparisonError(f"{file} was given twice; give each run once")
        seen.add(resolved(file))


def share_reference(references: Sequence[ReferenceOf], *, any_reference: bool) -> bool:
    """Whether all runs have one reference.

    Args:
        references: of the runs, one or more.
        any_reference: others are allowed.

    Raises:
        ComparisonError: there are others, and that is not allowed.
    """
    apart = next((one for one in references if not one.is_first), None)
    if apart is not None and not any_reference:
        first = references[0]
        raise ComparisonError(
            f"other references: {first.place} was compared with {first.words}, {apart.place} with "
            f"{apart.words}; make both runs against one reference, or allow it with --any-reference"
        )
    return apart is None


def different_settings(
    runs: Sequence[NamedRun[R]], settings: Sequence[tuple[str, Callable[[R], str]]]
) -> Iterator[str]:
    """A note for each setting in which runs differ.

    Args:
        runs: two or more.
        settings: name and value of each.
    """
    for what, value in settings:
        values = {run.name: value(run.results) for run in runs}
        if len(set(values.values())) > 1:
            given = ", ".join(f"{name} {one}" for name, one in values.items())
            yield f"The runs have other {what}: {given}."
