"""Fetching a sample: only when it is asked for, checked by MD5, placed whole or not at all."""

from __future__ import annotations

import fnmatch
import logging
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pooch

from calobench._util.atomic import atomic_path
from calobench._util.partials import make_folder
from calobench._util.places import told
from calobench._util.progress import Advance
from calobench.datasets.download import Resuming
from calobench.datasets.names import Selection
from calobench.datasets.places import files_of, missing_files
from calobench.datasets.record import Record, StatedFile, file_address, read_record
from calobench.datasets.spec import DataFile
from calobench.errors import FetchError

__all__ = ["Fetched", "fetch"]

_BLOCK = 1 << 20

Bar = Callable[[str, int], AbstractContextManager[Advance]]
"""Opens a bar of so many bytes."""


@dataclass(frozen=True)
class Fetched:
    """A sample that is here.

    Attributes:
        paths: its files of showers.
        downloaded: names of the files that came over the network now.
        licence: as the record states it; None where the record was not asked.
    """

    paths: tuple[Path, ...]
    downloaded: tuple[str, ...]
    licence: str | None


def fetch(selection: Selection, folder: Path, bar: Bar) -> Fetched:
    """Download what is missing of a sample.

    A file has its final name only when its MD5 is that of the record. What arrived of a file before the
    connection broke is kept as ``NAME.part``, and the next call goes on from there.

    Args:
        selection: the sample.
        folder: of all data sets; the files lie in a folder of the data set's name.
        bar: shows how many bytes have come.

    Raises:
        FetchError: Zenodo cannot be reached, the checksum is another one, the disk is full, or an archive has
            no such files.
        OutputError: the folder cannot be made.
    """
    home = folder / selection.data_set.name
    with told(home):
        make_folder(home)
    if not missing_files(selection, folder):
        return Fetched(files_of(selection, folder), (), selection.data_set.licence)
    record: Record | None = None
    downloaded = []
    for file in selection.files:
        if (home / file.name).is_file():
            continue
        if file.md5 is not None and file.size is not None:
            stated = StatedFile(file.name, file.md5, file.size)
        else:
            record = record or read_record(selection.data_set)
            stated = record.file(selection.data_set, file.name)
            _require_same(file, stated)
        _retrieve(selection, stated, home, bar)
        downloaded.append(file.name)
    if selection.subset.members is not None:
        _unpack(home / selection.subset.file, selection.subset.members)
    return Fetched(
        files_of(selection, folder),
        tuple(downloaded),
        record.licence if record else selection.data_set.licence,
    )


def _require_same(known: DataFile, stated: StatedFile) -> None:
    if known.md5 not in {None, stated.md5}:
        raise FetchError(
            f"the record states another MD5 for {known.name} ({stated.md5}) than calobench knows "
            f"({known.md5}): the file was replaced; download it by hand if that is what you want"
        )


def _retrieve(selection: Selection, file: StatedFile, home: Path, bar: Bar) -> None:
    """Download one file and put it in its place, if its checksum is right."""
    pooch.get_logger().setLevel(logging.ERROR)
    url, partial = file_address(selection.data_set, file.name), home / f"{file.name}.part"
    with bar(file.name, file.size) as advance:
        try:
            pooch.retrieve(
                url,
                known_hash=f"md5:{file.md5}",
                fname=file.name,
                path=home,
                downloader=Resuming(partial, file.size, advance),
            )
        except ValueError as error:
            # What pooch raises where the hash is another one; it has removed the file.
            raise FetchError(
                f"{file.name} arrived with another MD5 than {file.md5}, and was removed; try again, and if "
                f"it stays so look at https://doi.org/{selection.data_set.doi}"
            ) from error
        except OSError as error:
            raise FetchError(f"cannot write in {home}: {error.strerror or error}") from error


def _unpack(archive: Path, pattern: str) -> None:
    """Put the members of a pattern beside the archive, whatever folder they lie in."""
    try:
        with zipfile.ZipFile(archive) as content:
            members = {
                PurePosixPath(info.filename).name: info
                for info in content.infolist()
                if fnmatch.fnmatch(PurePosixPath(info.filename).name, pattern)
            }
            if not members:
                raise FetchError(f"{archive} holds no file {pattern}; look at what it holds")
            for name, info in members.items():
                with (
                    atomic_path(archive.parent / name) as partial,
                    content.open(info) as source,
                    partial.open("wb") as target,
                ):
                    while block := source.read(_BLOCK):
                        target.write(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FetchError(f"{archive} cannot be unpacked: {error}; unpack it by hand") from error
