"""Kills a command before each single change that it makes to the file system.

Every try runs in a child process that ends at once (``os._exit``: nothing is cleaned up, as after SIGKILL)
when it is about to make its k-th change. Python's audit events tell of it: files opened for writing,
made, linked, renamed and removed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

KILLED = 77
_CHANGES = {
    "os.mkdir",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.truncate",
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
Files = dict[str, bytes]


@dataclass(frozen=True)
class Scenario:
    """A command in a place.

    Attributes:
        prepare: fills the folder with what is there before.
        command: runs in the folder; gives the exit code.
        together: files of which there may never be old and new ones at the same time.
        kept: files that must be there all the time.
        refuses: exit code with which the same call ends where its files are complete; None: it does
            not refuse.
    """

    prepare: Callable[[Path], None]
    command: Callable[[], int]
    together: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    refuses: int | None = None


@dataclass
class Outcome:
    """Number of crash points, and what went wrong at which."""

    points: int = 0
    faults: list[str] = field(default_factory=list)
    completed: int = 0


def kill_everywhere(scenario: Scenario, folder: Path) -> Outcome:
    """Try all crash points of a scenario, in folders below ``folder``."""
    outcome = Outcome()
    place = _fresh(scenario, folder / "unharmed")
    before = visible_files(place)
    code = _child(scenario, place)
    expected = visible_files(place)
    if code != 0 or hidden_files(place) or expected == before:
        outcome.faults.append(f"without a crash: exit {code}, {hidden_files(place)}")
        return outcome
    while True:
        point = outcome.points + 1
        place = _fresh(scenario, folder / str(point))
        code = _child(scenario, place, kill_at=point)
        if code != KILLED:
            if code != 0 or visible_files(place) != expected:
                outcome.faults.append(f"ended by itself with {code}")
            return outcome
        outcome.points = point
        _check_killed(scenario, visible_files(place), before, expected, outcome)
        complete = visible_files(place) == expected
        code = _child(scenario, place)
        outcome.completed += code == 0 and complete
        after = visible_files(place)
        if code != 0 and not (complete and code == scenario.refuses):
            outcome.faults.append(f"{point}: the same call again ends with {code}")
        if after != expected:
            outcome.faults.append(
                f"{point}: the same call again leaves {_words(after, before, expected)}"
            )
        if hidden_files(place):
            outcome.faults.append(f"{point}: not cleared: {hidden_files(place)}")
        shutil.rmtree(place)


def visible_files(place: Path) -> Files:
    """Relative names and contents of all files but temporary ones."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not _is_hidden(path, place)
    }


def hidden_files(place: Path) -> list[str]:
    """Relative names of temporary files and folders."""
    return [str(p.relative_to(place)) for p in sorted(place.rglob("*")) if _is_hidden(p, place)]


def _is_hidden(path: Path, place: Path) -> bool:
    """Tell whether a name is that of a temporary file, which is no result and is removed at the end."""
    parts = path.relative_to(place).parts
    return any(part.startswith(".") or part.endswith(".shards") for part in parts)


def _check_killed(
    scenario: Scenario, left: Files, before: Files, expected: Files, outcome: Outcome
) -> None:
    words = f"{outcome.points}: in place are {_words(left, before, expected)}"
    whole = all(content in (before.get(n), expected.get(n)) for n, content in left.items())
    versions = {
        content == expected[name]
        for name, content in left.items()
        if name in scenario.together and before.get(name) != expected[name]
    }
    if not whole or len(versions) == 2 or not scenario.kept <= left.keys():
        outcome.faults.append(words)


def _words(left: Files, before: Files, expected: Files) -> Mapping[str, str]:
    def word(name: str) -> str:
        known = {before.get(name): "old", expected.get(name): "new"}
        return known.get(left[name], f"{len(left[name])} other bytes")

    return {name: word(name) for name in left}


def _fresh(scenario: Scenario, place: Path) -> Path:
    place.mkdir(parents=True)
    scenario.prepare(place)
    return place


def _child(scenario: Scenario, place: Path, kill_at: int = 0) -> int:
    """Run the command in a child process; gives its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.chdir(place)
            with open(os.devnull, "w") as sink:  # noqa: PTH123
                os.dup2(sink.fileno(), 1)
                os.dup2(sink.fileno(), 2)
            _arm(str(place), kill_at)
            code = scenario.command()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _arm(place: str, kill_at: int) -> None:
    count = 0

    def hook(event: str, details: tuple[object, ...]) -> None:
        nonlocal count
        if event == "open":
            flags = details[2]
            change = isinstance(flags, int) and bool(flags & _WRITES)
        else:
            change = event in _CHANGES
        if not change or not _is_below(place, event, details):
            return
        count += 1
        if count == kill_at:
            os._exit(KILLED)

    sys.addaudithook(hook)


def _is_below(place: str, event: str, details: tuple[object, ...]) -> bool:
    name = details[0]
    if not isinstance(name, str | bytes | os.PathLike):
        return False
    # Relative to a folder that is open, as shutil.rmtree does it, or to the place itself.
    path = os.fsdecode(name)
    return not path.startswith("/") or path.startswith(place)
