"""The store of a history: a folder with one file per run, which git merges and many may write at once.

``records/<digest of the results>.jsonl`` holds one line. A file gets its name only when it is whole, and
never replaces another (a hard link, which is one step on network file systems too): two writers are in
nobody's way, a writer that is killed leaves no part of a line, and two branches never change one file.
``reports/<digest>.html`` is the page of the run, where it was kept.

Lines that cannot be read (damaged, edited, marks of a merge) are named with file and number, and left out;
the others are used. A store, or a line, of a newer version is refused as a whole: what it means is unknown.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from calobench._util.atomic import write_text
from calobench._util.commit import AppearedError, Output, clear_left, write_together
from calobench._util.files import UnreadableError, read_text
from calobench._util.json_text import parse_json
from calobench.errors import HistoryError
from calobench.history.record import HISTORY_VERSION, HistoryRecord, NewerVersionError, is_newer

__all__ = ["Damaged", "DuplicateError", "History", "HistoryStore"]

_MARKER = "calobench-history.json"
_KIND = "calobench-history"
_MAX_BYTES = 100_000_000


class DuplicateError(HistoryError):
    """Raised when a history has a run already."""


class Damaged(NamedTuple):
    """A line that was left out.

    Attributes:
        file: in the store.
        line: its number, from 1.
        reason: why it cannot be read.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class History(NamedTuple):
    """All that a store holds.

    Attributes:
        records: of the runs, in order of time, each once.
        damaged: lines that were left out.
    """

    records: tuple[HistoryRecord, ...]
    damaged: tuple[Damaged, ...]


class HistoryStore:
    """A folder of records.

    Args:
        folder: the store.
        create: make it if it is not there, or empty.

    Raises:
        HistoryError: it is no store, or is of a newer version.
        OutputError: it cannot be made.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._records, self._reports = folder / "records", folder / "reports"
        marker = folder / _MARKER
        if not marker.exists():
            if not create:
                raise HistoryError(
                    f"{folder} is no history of runs; make one with 'calobench history add RUN --store "
                    f"{folder}'"
                )
            self._require_empty()
            with contextlib.suppress(AppearedError):  # another writer was faster
                write_text(marker, _marker_text(), replace=False)
        self._require_version(marker)

    def add(self, record: HistoryRecord, page: bytes | None = None) -> Path:
        """Add a run, and its page.

        Args:
            record: of the run.
            page: its report; None for none, or where it is elsewhere.

        Returns:
            The file of the record.

        Raises:
            DuplicateError: the run is there already.
            OutputError: the store cannot be written.
        """
        path = self._records / f"{record.results}.jsonl"
        for folder in (self.folder, self._reports, self._records):
            clear_left(folder)
        if path.exists():
            raise DuplicateError(_duplicate(record, self.folder))
        outputs = [Output(path, f"{record.line()}\n".encode(), False)]
        if page is not None:
            # The same run has the same page: a writer that was slower changes nothing.
            outputs.insert(0, Output(self.report_path(record.results), page, True))
        try:
            write_together(outputs)
        except AppearedError as error:
            raise DuplicateError(_duplicate(record, self.folder)) from error
        return path

    def report_path(self, digest: str) -> Path:
        """Path of the page of a run."""
        return self._reports / f"{digest}.html"

    def read(self) -> History:
        """All runs, and the lines that were left out.

        Raises:
            HistoryError: a line is of a newer version.
        """
        clear_left(self._records)
        by_digest: dict[str, HistoryRecord] = {}
        damaged: list[Damaged] = []
        for file in sorted(self._records.glob("*.jsonl")):
            for read in self._lines(file):
                if isinstance(read, Damaged):
                    damaged.append(read)
                else:
                    by_digest.setdefault(read.results, read)
        records = sorted(by_digest.values(), key=lambda one: (one.created_utc, one.results))
        return History(tuple(records), tuple(damaged))

    def _lines(self, file: Path) -> Iterator[HistoryRecord | Damaged]:
        name = f"{self._records.name}/{file.name}"
        try:
            text = read_text(file, _MAX_BYTES)
        except UnreadableError as error:
            yield Damaged(name, 1, str(error))
            return
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                yield HistoryRecord.of_line(line)
            except NewerVersionError as error:
                where = f"{self.folder}/{name}, line {number},"
                raise HistoryError(_newer_words(where, error)) from error
            except ValueError as error:
                yield Damaged(name, number, str(error))

    def _require_empty(self) -> None:
        if self.folder.is_dir():
            # What other writers, who make the same store now, have there is no file of something else.
            others = [one.name for one in self.folder.iterdir() if not one.name.startswith(".")]
            if others and not (self.folder / _MARKER).exists():
                raise HistoryError(
                    f"{self.folder} holds other files ({', '.join(sorted(others)[:3])}); give an empty "
                    "folder, or a history, as --store"
                )
        elif self.folder.exists():
            raise HistoryError(f"{self.folder} is a file; give a folder as --store")

    def _require_version(self, marker: Path) -> None:
        try:
            content = parse_json(read_text(marker, _MAX_BYTES))
            kind, version = content["kind"], content["version"]
        except (UnreadableError, ValueError, KeyError, TypeError) as error:
            raise HistoryError(
                f"{marker} is damaged ({error}); take it from an earlier copy of the store"
            ) from error
        if kind != _KIND:
            raise HistoryError(f"{self.folder} is no history of runs: {marker.name} says '{kind}'")
        if not (isinstance(version, str) and re.fullmatch(r"[0-9.]+", version)) or is_newer(
            version
        ):
            raise HistoryError(_newer_words(str(self.folder), version))


def _marker_text() -> str:
    return json.dumps({"kind": _KIND, "version": HISTORY_VERSION}) + "\n"


def _newer_words(where: str, version: object) -> str:
    return (
        f"{where} is of history version {version}, this calobench reads {HISTORY_VERSION}; install the "
        "calobench that wrote it, or a newer one"
    )


def _duplicate(record: HistoryRecord, folder: Path) -> str:
    return (
        f"the run of {record.model} on {record.detector} of {record.created_utc} ({record.results[:12]}) "
        f"is in {folder} already; it is not added again"
    )
