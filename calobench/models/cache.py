"""Showers that models have generated before, on disk.

An entry is one call of a model, under a key that whoever generates makes
(:class:`~calobench.models.cached.CachedModel`). What is never asked for again is pruned.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench._util.atomic import write_bytes
from calobench._util.damage import DAMAGED_ARRAYS
from calobench._util.files import UnreadableError, read_bytes
from calobench.errors import CacheError

__all__ = ["Entry", "ShowerCache", "packed_showers", "unpacked_showers"]

# A chunk of 1,000 showers of the largest mesh of the field, uncompressed.
_MAX_BYTES = 4_000_000_000


@dataclass(frozen=True)
class Entry:
    """One call of a model, as it lies in the cache.

    Attributes:
        key: of what the showers depend on, in hexadecimal.
        model: name that the model gives itself.
        detector: name.
        n: number of showers.
        size: bytes on disk.
        used: when it was last read or written, seconds since 1970.
    """

    key: str
    model: str
    detector: str
    n: int
    size: int
    used: float


class ShowerCache:
    """A folder of generated showers; any number of processes may share it.

    Args:
        folder: made when something is first kept.

    Raises:
        CacheError: it is a file, or a folder that holds something else.
    """

    _MARK = "calobench-showers.json"
    _FORMAT = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists() and not folder.is_dir():
            raise CacheError(f"{folder} is a file; give a folder for the cache of showers")
        mark = folder / self._MARK
        if mark.exists():
            self._require_format(mark)
        elif folder.exists() and any(folder.iterdir()):
            raise CacheError(
                f"{folder} holds other files and no cache of showers; give an empty or a new folder"
            )

    def read(self, key: str) -> NDArray[np.float32] | None:
        """The showers of a call, (N, R, PHI, Z) in MeV; None if they are not there or not whole."""
        path = self._path(key)
        stored = _read(path)
        if stored is None:
            return None
        os.utime(path)
        return stored[1]

    def write(self, key: str, energy: NDArray[np.float32], model: str, detector: str) -> None:
        """Keep the showers of a call.

        Args:
            key: of the call.
            energy: float32 (N, R, PHI, Z), MeV.
            model: name, for the list.
            detector: name, for the list.

        Raises:
            OutputError: the folder cannot be written.
        """
        mark = self.folder / self._MARK
        if not mark.exists():
            write_bytes(mark, json.dumps({"format": self._FORMAT}).encode())
        about = {
            "key": key,
            "model": model,
            "detector": detector,
            "shape": energy.shape,
            "sha256": _content(energy),
        }
        write_bytes(self._path(key), packed_showers(energy, about))

    def entries(self) -> list[Entry]:
        """All that is kept, the last used first; what is not whole is left out."""
        entries = (entry for path in self._paths() if (entry := _entry(path)) is not None)
        return sorted(entries, key=lambda entry: -entry.used)

    def damaged(self) -> list[Path]:
        """Files whose content is not what it was when it was written."""
        return [path for path in self._paths() if _read(path) is None]

    def prune(
        self,
        *,
        model: str | None = None,
        unused_for_s: float | None = None,
        keep_bytes: int | None = None,
    ) -> list[Entry]:
        """Remove entries, and damaged files.

        Args:
            model: those of this model only.
            unused_for_s: those that have not been used for so long; None for whatever their age.
            keep_bytes: of those, only as many as it takes until the cache has at most this size, the longest
                unused first; None for all of them.

        Returns:
            What was removed.
        """
        for path in self.damaged():
            path.unlink(missing_ok=True)
        entries, now = self.entries(), time.time()
        size, removed = sum(entry.size for entry in entries), []
        for entry in reversed(entries):
            if keep_bytes is not None and size <= keep_bytes:
                break
            if model not in {None, entry.model}:
                continue
            if unused_for_s is not None and now - entry.used < unused_for_s:
                continue
            self._path(entry.key).unlink(missing_ok=True)
            size -= entry.size
            removed.append(entry)
        return removed

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npz"

    def _paths(self) -> Iterator[Path]:
        yield from sorted(self.folder.glob("??/*.npz"))

    def _require_format(self, mark: Path) -> None:
        try:
            stated = json.loads(read_bytes(mark, 10_000))["format"]
        except (UnreadableError, ValueError, KeyError, TypeError) as error:
            raise CacheError(
                f"{mark} cannot be read; remove the folder and let it be made anew"
            ) from error
        if stated != self._FORMAT:
            raise CacheError(
                f"{self.folder} was written by another version of calobench (format {stated}, here "
                f"{self._FORMAT}); give another folder"
            )


def packed_showers(energy: NDArray[np.float32], about: Mapping[str, object]) -> bytes:
    """Showers as an entry keeps them: the cells with energy, compressed without loss.

    Args:
        energy: float32 (N, R, PHI, Z), MeV.
        about: kept beside them.
    """
    flat = energy.reshape(len(energy), -1)
    shower, cell = np.nonzero(flat)
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        counts=np.bincount(shower, minlength=len(energy)).astype(np.int64),
        cell=cell.astype(np.uint32),
        energy=flat[shower, cell],
    )
    return packed.getvalue()


def unpacked_showers(packed: bytes) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Data kept beside the showers, and their energies, MeV, (N, R, PHI, Z).

    Args:
        packed: by :func:`packed_showers`, with their ``shape``.

    Raises:
        Exception: of ``DAMAGED_ARRAYS``, ``TypeError`` or ``IndexError``: it is damaged.
    """
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        about: dict[str, Any] = json.loads(file["about"].tobytes())
        flat = np.zeros((about["shape"][0], int(np.prod(about["shape"][1:]))), np.float32)
        flat[np.repeat(np.arange(len(flat)), file["counts"]), file["cell"]] = file["energy"]
    return about, flat.reshape(about["shape"])


def _read(path: Path) -> tuple[dict[str, Any], NDArray[np.float32]] | None:
    try:
        about, energy = unpacked_showers(read_bytes(path, _MAX_BYTES))
    except (UnreadableError, TypeError, IndexError, *DAMAGED_ARRAYS):
        return None
    return (about, energy) if _content(energy) == about.get("sha256") else None


def _entry(path: Path) -> Entry | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
        state = path.stat()
        return Entry(
            path.stem,
            about["model"],
            about["detector"],
            about["shape"][0],
            state.st_size,
            state.st_mtime,
        )
    except (TypeError, IndexError, *DAMAGED_ARRAYS):
        return None


def _content(energy: NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(energy, "<f4").tobytes()).hexdigest()
