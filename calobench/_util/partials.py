"""Temporary files beside their final place, named after the process that writes them.

The name says host, process and when that process began, so that what a dead process left is told
from what a live one is writing, on one machine exactly, on others (a network file system) by age.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "dead_partials",
    "flush",
    "is_dead",
    "make_folder",
    "partial_path",
    "place",
    "remove",
    "remove_empty",
]

FOREIGN_AGE_S = 24 * 3600.0
"""After so long without a change, what a process of another host was writing counts as left behind."""

_NAME = re.compile(
    r"\.calobench\.(?P<host>[\w-]+)\.(?P<space>[0-9a-f]+)\.(?P<pid>\d+)\.(?P<start>\d+)"
    r"\.[0-9a-f]{8}\.partial"
)
# What file systems without hard links answer.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class _Here(NamedTuple):
    """Machine and boot in which a process number means something."""

    host: str
    space: str


@functools.cache
def _here() -> _Here:
    host = re.sub(r"[^\w-]", "-", socket.gethostname(), flags=re.ASCII)[:40] or "host"
    # Containers may share a host's name, and numbers begin anew when a machine is started.
    known = [host]
    with contextlib.suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        known.append(str(Path("/proc/self/ns/pid").readlink()))
    return _Here(host, hashlib.sha256("\n".join(known).encode()).hexdigest()[:8])


def partial_path(folder: Path) -> Path:
    """A new name in ``folder`` for a file or folder that this process writes and then moves away."""
    pid = os.getpid()
    here = _here()
    owner = f"{here.host}.{here.space}.{pid}.{_start_of(pid) or 0}"
    return folder / f".calobench.{owner}.{secrets.token_hex(4)}.partial"


def is_dead(path: Path, foreign_age_s: float = FOREIGN_AGE_S) -> bool:
    """Whether ``path`` has a partial name and its process has ended.

    Args:
        path: of any name.
        foreign_age_s: time without a change after which it has, on another host.
    """
    named = _NAME.fullmatch(path.name)
    if named is None:
        return False
    if (named["host"], named["space"]) != _here() or os.name != "posix":
        try:
            return time.time() - path.stat().st_mtime > foreign_age_s
        except OSError:
            return False
    return not _runs(int(named["pid"]), int(named["start"]))


def dead_partials(folder: Path) -> list[Path]:
    """Files and folders in ``folder`` that dead processes left."""
    try:
        return sorted(path for path in folder.iterdir() if is_dead(path))
    except OSError:
        return []


def place(partial: Path, final: Path, *, replace: bool) -> None:
    """Give a complete file its final name, in one step.

    Args:
        partial: the file, on the same file system; afterwards it may still be there as well.
        final: its name.
        replace: what has that name is replaced; else it is kept.

    Raises:
        FileExistsError: something has that name and is to be kept.
        OSError: the system refuses.
    """
    if replace:
        partial.replace(final)
        return
    try:
        # Unlike renaming, linking never replaces anything.
        final.hardlink_to(partial)
    except FileExistsError:
        # A network may lose the answer and ask a second time.
        if not final.exists() or not final.samefile(partial):
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links the check cannot be one step with the renaming.
        if os.path.lexists(final):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final)) from None
        partial.rename(final)


def flush(path: Path) -> None:
    """Put a file or folder on the disk itself; file systems that cannot do so for folders are left alone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> list[Path]:
    """Make ``folder`` and those above it; returns the ones that were not there, deepest first.

    Raises:
        OSError: the system refuses.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def remove_empty(folders: list[Path]) -> None:
    """Remove folders that :func:`make_folder` made, unless something is in them by now."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def remove(path: Path) -> None:
    """Remove a partial file or folder as far as the system lets."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _runs(pid: int, start: int) -> bool:
    """Whether the process that began then still runs, and not another one of its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    if not Path("/proc/self/stat").exists():
        return True
    return _start_of(pid) == start


def _start_of(pid: int) -> int | None:
    """Start of a process, in ticks since the machine did; None for one that has ended or is unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The command, in brackets, may hold spaces and brackets. See proc(5).
    state, *fields = stat[stat.rindex(b")") + 2 :].split()
    return None if state in (b"Z", b"X") else int(fields[18])
