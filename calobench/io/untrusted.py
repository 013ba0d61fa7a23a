"""Files that somebody else made, before they are read: the HDF5 library trusts them more than it should.

A damaged or malicious file can make it crash, loop without end, or ask for more memory than there is. So
another process opens a file first (:mod:`calobench.io._probe`, 0.1 s a file), and what a data set says of
its size is compared with what is there before it is believed.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import h5py

from calobench._util.memory import require_memory
from calobench._util.places import resolved
from calobench._util.resources import data_specs_dir
from calobench.errors import ShowerFileError

__all__ = ["require_here", "require_room", "require_survivable"]

# How the library dies by itself, and what the probe's own limit of processor time sends.
_CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL", "SIGTRAP", "SIGXCPU"})
_PROBE = Path(__file__).with_name("_probe.py")
# A file may unpack to this much without a question; beyond, gzip packs at most 1,032 bytes into one.
_LARGE_BYTES = 1 << 30
_MAX_PACKED = 2000


def require_survivable(path: Path) -> None:
    """Check that the HDF5 library comes back from opening a file; once for each state of the file.

    Raises:
        ShowerFileError: it crashes, or does not come back within seconds; or the process that opens the file
            first is killed from outside, which says nothing of the file.
    """
    # What ships with calobench is trusted as its code is.
    if resolved(path).is_relative_to(resolved(data_specs_dir())):
        return
    state = path.stat()
    died = _signal_of_probe(str(path.absolute()), state.st_ino, state.st_size, state.st_mtime_ns)
    if died is not None and died not in _CRASHES:
        _signal_of_probe.cache_clear()
        raise ShowerFileError(
            f"{path} was not read: the process that opens it first was killed ({died}), by somebody or for "
            "lack of memory; call again"
        )
    if died is not None:
        what = "does not come back from" if died == "SIGXCPU" else "crashes on"
        raise ShowerFileError(
            f"{path} is damaged: the HDF5 library {what} it ({died}); copy or make it again"
        )


@lru_cache(maxsize=4096)
def _signal_of_probe(path: str, *_state: int) -> str | None:
    """The cause of death of the process that opened the file; None if it lived."""
    # No threads of BLAS, which take longer to start than the file to be read.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": ""}
    try:
        ended = subprocess.run(
            [sys.executable, "-P", str(_PROBE), path],
            env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except OSError:
        return None  # no process can be started here: the file is read as it is
    return signal.Signals(-ended.returncode).name if ended.returncode < 0 else None


def require_here(file: h5py.File, name: str, path: Path) -> None:
    """Check that ``name`` is no link to another file, and that its numbers are not in a file of bytes.

    Such files would be followed wherever they are, and one that is missing or short is read as zeros. The
    parts of virtual data sets are checked by :func:`calobench.io.diagnosis.require_written`.

    Raises:
        ShowerFileError: it is, or they are.
    """
    elsewhere = isinstance(file.get(name, getlink=True), h5py.ExternalLink)
    if not elsewhere:
        dataset = file[name]
        elsewhere = isinstance(dataset, h5py.Dataset) and bool(dataset.external)
    if elsewhere:
        raise ShowerFileError(
            f"{path}: the numbers of '{name}' lie in another file; write them into this one, such as with "
            "h5py: new[name] = old[name][:]"
        )


def require_room(dataset: h5py.Dataset, rows: int, path: Path) -> None:
    """Check that so many rows of a data set fit into memory, and that there can be that many.

    Raises:
        ShowerFileError: they do not, or the data set says that it is far larger than the file allows.
    """
    name = dataset.name.lstrip("/")
    row_bytes = math.prod(dataset.shape[1:]) * dataset.dtype.itemsize
    chunk_bytes = math.prod(dataset.chunks or (0,)) * dataset.dtype.itemsize
    whole = row_bytes * len(dataset)
    # A virtual data set has nothing of its own.
    if not dataset.is_virtual and whole > max(
        _LARGE_BYTES, _MAX_PACKED * dataset.id.get_storage_size()
    ):
        raise ShowerFileError(
            f"{path} is damaged: '{name}' says that it holds {whole / 2**30:,.1f} GiB, of which "
            f"{dataset.id.get_storage_size() / 2**20:,.1f} MiB are there; copy or make it again"
        )
    try:
        # What is read is converted once.
        require_memory(2 * rows * row_bytes + chunk_bytes, f"reading '{name}'")
    except MemoryError as error:
        raise ShowerFileError(
            f"{path}: {error}; write it in chunks of fewer showers, or give a smaller file"
        ) from error
