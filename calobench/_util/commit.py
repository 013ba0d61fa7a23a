"""Several files of one command that appear together, or none of them.

All files are written in full under temporary names, each beside its final place, and flushed. Then the
command takes the folder of the file that decides (the *decider*, ``results.json`` of a run), which only
one process at a time can have, and moves its files into place. There is one commit point, the moment at
which the decider gets its name:

* Where there is no decider yet, the others go first and the decider last: a decider that is there is
  complete.
* Where one is replaced, the others' predecessors are moved aside first, then the decider is replaced, then
  the others follow. POSIX cannot rename two files at once; in this order what is in place is never of two
  calls, though for a moment, or after a kill, a file may be missing.

A journal of the moves lies in the folder as long as it is taken. If the process dies, the next one on
that place (:func:`clear_left`) reads it: what had passed the commit point is completed, what had not is
undone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from calobench._util.files import UnreadableError, read_bytes
from calobench._util.folder_lock import is_taken, settle_dead, taken
from calobench._util.partials import (
    dead_partials,
    flush,
    make_folder,
    partial_path,
    place,
    remove,
    remove_empty,
)
from calobench._util.places import require_place, resolved, told
from calobench.errors import OutputError, ResultsError

__all__ = [
    "AppearedError",
    "ChangedMeanwhileError",
    "Output",
    "Unchanged",
    "clear_left",
    "require_writable",
    "write_together",
]


# Of a document; a run with all benchmarks writes 4 MB.
_MAX_BYTES = 500_000_000


class AppearedError(OutputError):
    """Raised when a file is where one was to be written, and is not to be replaced."""

    @classmethod
    def at(cls, path: Path) -> AppearedError:
        """The error for the file ``path``."""
        return cls(
            f"{path} is there by now, and is kept; replace it with --force or choose another place"
        )


class ChangedMeanwhileError(OutputError):
    """Raised when a document is no longer the one that something was made from."""


@dataclass(frozen=True)
class Output:
    """One file to write.

    Attributes:
        path: its place; what a link points to is replaced, not the link.
        content: all of it.
        replace: replace what is there; else it is kept, and nothing is written.
    """

    path: Path
    content: bytes
    replace: bool


@dataclass(frozen=True)
class Unchanged:
    """A document that something was made from.

    Attributes:
        path: where it lies.
        sha256: of its bytes then.
    """

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Unchanged:
        """The document as it is now; take it before reading, so that a later change is seen.

        Raises:
            ResultsError: it cannot be read.
        """
        digest = _sha256(resolved(path))
        if digest is None:
            raise ResultsError(f"cannot read {path}; give the results.json of 'calobench run'")
        return cls(path, digest)


@dataclass(frozen=True)
class _Move:
    """One file on its way."""

    final: Path
    staged: Path
    aside: Path
    sha256: str
    replace: bool

    def is_in_place(self) -> bool:
        """Whether the new file has its final name."""
        if _sha256(self.final) != self.sha256:
            return False
        return not self.staged.exists() or self.staged.samefile(self.final)

    def go(self) -> None:
        try:
            place(self.staged, self.final, replace=self.replace)
        except FileExistsError as error:
            raise AppearedError.at(self.final) from error


@dataclass(frozen=True)
class _Journal:
    """All moves of one call, the decider's last."""

    call: str
    moves: tuple[_Move, ...]

    def run(self) -> None:
        *others, decider = self.moves
        for move in self.moves:
            if not move.replace and os.path.lexists(move.final):
                raise AppearedError.at(move.final)
        first = [move for move in others if not (move.replace and decider.final.exists())]
        for move in others:
            if move.replace and move.final.exists():
                move.final.rename(move.aside)
        for move in (*first, decider, *(move for move in others if move not in first)):
            move.go()
        for folder in {move.final.parent for move in self.moves}:
            flush(folder)

    def settle(self) -> bool:
        """Complete the moves if the decider is in place, else undo them; returns which."""
        *others, decider = self.moves
        committed = decider.is_in_place()
        for move in others:
            if committed:
                if move.staged.exists():
                    with contextlib.suppress(FileExistsError):
                        place(move.staged, move.final, replace=False)
                continue
            if move.is_in_place():
                move.final.unlink()
            if move.aside.exists() and not os.path.lexists(move.final):
                move.aside.rename(move.final)
        for move in self.moves:
            remove(move.staged)
            remove(move.aside)
        return committed

    def to_json(self, home: Path) -> str:
        """As text; paths are relative to ``home``, which may be mounted elsewhere on another host."""

        def relative(value: object) -> object:
            return os.path.relpath(value, home) if isinstance(value, Path) else value

        moves = [{k: relative(v) for k, v in asdict(move).items()} for move in self.moves]
        return json.dumps({"call": self.call, "moves": moves})

    @classmethod
    def from_json(cls, text: str, home: Path) -> _Journal:
        content: dict[str, Any] = json.loads(text)
        paths = ("final", "staged", "aside")
        return cls(
            content["call"],
            tuple(
                _Move(**{k: home / v if k in paths else v for k, v in move.items()})
                for move in content["moves"]
            ),
        )


def write_together(
    outputs: Sequence[Output], *, unchanged: Unchanged | None = None, call: str = ""
) -> None:
    """Write all files, or none.

    Args:
        outputs: at least one; the last one decides.
        unchanged: a document that must be what it was when the outputs were made from it.
        call: the command, by which :func:`clear_left` says what it completed.

    Raises:
        AppearedError: a file is there that is not to be replaced.
        ChangedMeanwhileError: the document has changed.
        OutputError: a place cannot be written, or another process keeps it.
    """
    finals = [require_place(output.path) for output in outputs]
    home = (resolved(unchanged.path) if unchanged else finals[-1]).parent
    with contextlib.ExitStack() as left:
        moves = []
        for final, output in zip(finals, outputs, strict=True):
            with told(output.path):
                made = make_folder(final.parent)
            left.callback(remove_empty, made)
            staged, aside = partial_path(final.parent), partial_path(final.parent)
            left.callback(remove, staged)
            with told(output.path):
                staged.write_bytes(output.content)
                flush(staged)
            digest = hashlib.sha256(output.content).hexdigest()
            moves.append(_Move(final, staged, aside, digest, output.replace))
        journal = _Journal(call, tuple(moves))
        with told(finals[-1]), taken(home, journal.to_json(home), _settle):
            if unchanged is not None and _sha256(resolved(unchanged.path)) != unchanged.sha256:
                raise ChangedMeanwhileError(
                    f"{unchanged.path} was changed meanwhile; nothing is written: give the command again"
                )
            try:
                journal.run()
            finally:
                journal.settle()


def clear_left(folder: Path) -> frozenset[str]:
    """Clear what dead processes left in ``folder``; never what a live one is writing.

    Returns:
        The calls (of :func:`write_together`) that had been killed after their commit point, and were
        completed now.
    """
    folder = resolved(folder)
    # In this order: who was dead before nobody had taken the folder has no part in a commit.
    dead = dead_partials(folder)
    completed = settle_dead(folder, _settle)
    if not is_taken(folder):
        for path in dead:
            remove(path)
    return completed


def require_writable(path: Path) -> None:
    """Check that a file called ``path`` can be made, before time is spent on what it is to hold.

    What dead processes left there is cleared.

    Raises:
        OutputError: its folder, or the nearest one above that is there, cannot be written.
    """
    folder = next(place for place in path.absolute().parents if place.exists())
    clear_left(folder)
    probe = partial_path(folder)
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"cannot write in {folder}: {error.strerror}; choose another place with --out"
        ) from error


def _settle(note: str, home: Path) -> str | None:
    """Finish what a dead process was doing; returns its call if that was completed."""
    try:
        journal = _Journal.from_json(note, home)
    except (ValueError, KeyError, TypeError):
        return None  # what cannot be read says nothing
    return journal.call if journal.settle() else None


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(read_bytes(path, _MAX_BYTES)).hexdigest()
    except UnreadableError:
        return None
