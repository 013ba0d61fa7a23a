"""Available memory, asked for before much is used."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["available_bytes", "require_memory"]

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")
# Below it nobody looks: asking costs more than it saves.
_SMALL_BYTES = 256 << 20


def available_bytes() -> int:
    """Memory that this process may still take without swapping, bytes; of a container if it is in one."""
    limits = [_physical()]
    try:
        lines = _MEMINFO.read_text().splitlines()
        limits += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        pass  # not Linux
    try:
        limit, used = ((_CGROUP / f"memory.{name}").read_text() for name in ("max", "current"))
        limits += [int(limit) - int(used)]
    except (OSError, ValueError):
        pass  # no container, or one without a limit
    return min(limits)


def require_memory(needed: int, what: str) -> None:
    """Check that so much memory is there, so that nothing is killed halfway.

    Args:
        needed: bytes, all of it at once.
        what: for the message, such as ``'1000 showers'``.

    Raises:
        MemoryError: it is not; the text says how much is.
    """
    if needed <= _SMALL_BYTES:
        return
    available = available_bytes()
    if needed > available:
        raise MemoryError(
            f"{what} would take {needed / 2**30:,.1f} GiB, {available / 2**30:,.1f} GiB are free"
        )


def _physical() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
