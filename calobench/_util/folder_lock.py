"""Having a folder to oneself, on one machine or on many that share a file system.

Nothing rests on ``flock``, which network file systems may ignore. A process prepares a folder with one
file in it, which is named after the process, and renames it to the one name of the lock: that fails where
there is a folder by that name which is not empty, in one step and for all but one process (POSIX). Who
finds the file of a dead process renames it to a name of its own: again only one can.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from calobench._util.partials import flush, is_dead, partial_path, remove
from calobench.errors import OutputError

__all__ = ["is_taken", "settle_dead", "taken"]

_LOCK = ".calobench.commit"
# A commit takes milliseconds. A process of another host, which is not seen from here, counts as
# dead only when there is no doubt.
_PATIENCE_S = 60.0
_FOREIGN_AGE_S = 3600.0
_REFUSED = {errno.ENOTEMPTY, errno.EEXIST}

Settle = Callable[[str, Path], str | None]
"""Gets the note of a process that died with the folder, and the folder; says what it did."""


def is_taken(home: Path) -> bool:
    """Whether a process, dead or alive, has the folder."""
    return (home / _LOCK).exists()


@contextlib.contextmanager
def taken(
    home: Path, note: str, settle: Settle, patience_s: float | None = None
) -> Iterator[Callable[[], None]]:
    """Have a folder to oneself; waits for the process that has it.

    Yields what is to be called now and then by those who keep the folder for long: other hosts take a
    process that has not shown itself for an hour for dead.

    Args:
        home: the folder.
        note: for those who find the folder taken by a process that died: what it was doing.
        settle: finishes what another one was doing.
        patience_s: how long to wait; None for as long as a commit may take at the worst.

    Raises:
        OSError: the system refuses.
        OutputError: another process keeps it.
    """
    prepared, lock = partial_path(home), home / _LOCK
    try:
        prepared.mkdir()
        owner = prepared / prepared.name
        owner.write_text(note, encoding="utf-8")
        flush(owner)
        _wait(prepared, lock, settle, _PATIENCE_S if patience_s is None else patience_s)
    except BaseException:
        remove(prepared)
        raise
    owner = lock / prepared.name

    def show() -> None:
        with contextlib.suppress(OSError):
            os.utime(owner)

    try:
        yield show
    finally:
        _give_back(lock, owner)


def settle_dead(home: Path, settle: Settle) -> frozenset[str]:
    """Finish what processes that died were doing with the folder; returns what ``settle`` did."""
    lock = home / _LOCK
    try:
        owners = list(lock.iterdir())
    except OSError:
        return frozenset()
    done = set()
    for owner in owners:
        if not is_dead(owner, _FOREIGN_AGE_S):
            continue
        mine = lock / partial_path(lock).name
        try:
            owner.rename(mine)
        except OSError:
            continue  # another process was faster
        done.add(settle(mine.read_text(encoding="utf-8"), home))
        _give_back(lock, mine)
    if not owners:
        _remove_if_empty(lock)
    return frozenset(one for one in done if one)


def _wait(prepared: Path, lock: Path, settle: Settle, patience_s: float) -> None:
    patience = time.monotonic() + patience_s
    while not _take(prepared, lock):
        settle_dead(lock.parent, settle)
        if not lock.exists():
            continue
        if time.monotonic() > patience:
            raise OutputError(
                f"another process is writing in {lock.parent}; try again later, or remove {lock} if you "
                "know that there is none"
            )
        time.sleep(0.02)


def _take(prepared: Path, lock: Path) -> bool:
    try:
        prepared.rename(lock)
    except OSError as error:
        # A network may lose the answer and ask a second time.
        if (lock / prepared.name).exists():
            return True
        if error.errno not in _REFUSED:
            raise
        return False
    return True


def _give_back(lock: Path, owner: Path) -> None:
    owner.unlink(missing_ok=True)
    _remove_if_empty(lock)


def _remove_if_empty(lock: Path) -> None:
    # Another process may have it already.
    with contextlib.suppress(OSError):
        lock.rmdir()
