"""Downloads that go on where they broke off."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import requests

from calobench._util.progress import Advance
from calobench.errors import FetchError

__all__ = ["Resuming", "get_json"]

_TIMEOUT_S = (10.0, 60.0)
_CHUNK = 1 << 18
# In a row, without a byte; a connection that breaks later is opened again at once.
_ATTEMPTS = 4
_PAUSE_S = 0.5
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class _BrokenError(Exception):
    """The connection failed in a way that may pass."""


def get_json(url: str) -> Any:
    """The answer of an address, read as JSON.

    Raises:
        FetchError: it cannot be reached, refuses, or answers something else.
    """
    try:
        response = requests.get(url, timeout=_TIMEOUT_S)
        response.raise_for_status()
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise FetchError(f"cannot read {url}: {_told(error)}; try again later") from error


@dataclass(frozen=True)
class Resuming:
    """A downloader for pooch that keeps what arrived of a file beside it, and asks for the rest.

    Attributes:
        partial: holds what arrived; kept when the download breaks off.
        size: bytes of the whole file.
        advance: told the bytes that are there from before, and each that arrives.
    """

    partial: Path
    size: int
    advance: Advance = field(compare=False)

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Download ``url`` and put it in place of ``output_file``.

        Raises:
            FetchError: it cannot be reached, refuses, breaks off again and again, or the disk is full.
        """
        with self._alone() as target:
            self._require_space(target)
            self.advance(target.tell())
            failures = 0
            while target.tell() < self.size:
                before = target.tell()
                try:
                    self._take(url, target)
                except _BrokenError as error:
                    failures = 0 if target.tell() > before else failures + 1
                    if failures == _ATTEMPTS:
                        raise FetchError(self._broke_off(url, target.tell(), error)) from error
                    time.sleep(_PAUSE_S * failures)
            target.flush()
        self.partial.replace(output_file)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """The file of what arrived, at its end, for this process alone."""
        with self.partial.open("ab") as target:
            try:
                fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise FetchError(
                    f"another process is fetching {self.partial.stem}; wait until it has ended"
                ) from error
            yield target

    def _require_space(self, target: IO[bytes]) -> None:
        if target.tell() > self.size:
            _empty(target)
        needed, free = self.size - target.tell(), shutil.disk_usage(self.partial.parent).free
        if needed > free:
            raise FetchError(
                f"{self.partial.stem} needs {needed / 1e9:.2f} GB more, and {self.partial.parent} has "
                f"{free / 1e9:.2f} GB free; name another folder with --to"
            )

    def _take(self, url: str, target: IO[bytes]) -> None:
        """Append what a server sends of what is missing."""
        start = target.tell()
        headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"} if start else None
        try:
            with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
                self._check(response, url, start, target)
                for block in response.iter_content(_CHUNK):
                    target.write(block)
                    self.advance(len(block))
        except requests.RequestException as error:
            raise _BrokenError(_told(error)) from error
        except OSError as error:
            raise FetchError(f"cannot write {self.partial}: {error.strerror or error}") from error
        if target.tell() > self.size:
            _empty(target)
            raise FetchError(f"{url} is longer than its {self.size} bytes; try again later")
        if target.tell() < self.size:
            raise _BrokenError("the connection ended before the file did")

    def _check(self, response: requests.Response, url: str, start: int, target: IO[bytes]) -> None:
        """Whether what comes is the rest of the file; else the whole of it begins anew."""
        code = response.status_code
        if code in _TRY_AGAIN:
            raise _BrokenError(f"{code} {response.reason}")
        asked_beyond_end = code == requests.codes.requested_range_not_satisfiable
        if start and asked_beyond_end:
            _empty(target)
            raise _BrokenError("the server has no such part of the file")
        if not response.ok:
            raise FetchError(
                f"{url} answers {code} {response.reason}; look at the record in a browser"
            )
        if start and not _continues(response, start):
            _empty(target)
            self.advance(-start)

    def _broke_off(self, url: str, there: int, error: Exception) -> str:
        return (
            f"{url} cannot be read: {error}; {there / 1e6:.1f} of {self.size / 1e6:.1f} MB are here, and the "
            "same command goes on from there"
        )


def _continues(response: requests.Response, start: int) -> bool:
    spans = response.headers.get("Content-Range", "")
    return response.status_code == requests.codes.partial_content and spans.startswith(
        f"bytes {start}-"
    )


def _empty(target: IO[bytes]) -> None:
    target.truncate(0)
    target.seek(0)


def _told(error: Exception) -> str:
    """The mistake, without what the library wraps around it."""
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection ended before the file did"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return " ".join(str(error).split())[:200]
