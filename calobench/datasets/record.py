"""A record of Zenodo: checksums, sizes and licence of its files, and their addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from calobench.datasets.download import get_json
from calobench.datasets.spec import DataSet
from calobench.errors import FetchError

__all__ = ["HOST_VARIABLE", "Record", "StatedFile", "file_address", "read_record"]

HOST_VARIABLE = "CALOBENCH_ZENODO"
"""Names a mirror of Zenodo."""
_HOST = "https://zenodo.org"


@dataclass(frozen=True)
class StatedFile:
    """A file of a record: name, MD5 in hexadecimal, and bytes."""

    name: str
    md5: str
    size: int


@dataclass(frozen=True)
class Record:
    """Statements of a record about itself at the time of fetching.

    Attributes:
        licence: its identifier; "" if the record names none.
        files: by name, with checksum and size.
    """

    licence: str
    files: dict[str, StatedFile]

    def file(self, data_set: DataSet, name: str) -> StatedFile:
        """One file.

        Raises:
            FetchError: the record has no file of this name.
        """
        if name not in self.files:
            raise FetchError(
                f"record {data_set.record} of Zenodo has no file {name}: its files were renamed; "
                f"look at https://doi.org/{data_set.doi}"
            )
        return self.files[name]


def _host() -> str:
    return os.environ.get(HOST_VARIABLE, _HOST).rstrip("/")


def file_address(data_set: DataSet, name: str) -> str:
    """Source of a file to download."""
    return f"{_host()}/records/{data_set.record}/files/{quote(name)}?download=1"


def read_record(data_set: DataSet) -> Record:
    """Ask Zenodo for the record of a data set.

    Raises:
        FetchError: it cannot be reached, or what it answers is no record with MD5 checksums.
    """
    answer = get_json(f"{_host()}/api/records/{data_set.record}")
    try:
        return Record(_licence(answer), {one.name: one for one in map(_file, answer["files"])})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FetchError(
            f"what Zenodo says of record {data_set.record} has no list of files with MD5 checksums "
            f"({type(error).__name__}: {error}); download from https://doi.org/{data_set.doi} by hand"
        ) from error


def _file(entry: dict[str, Any]) -> StatedFile:
    algorithm, _, digest = str(entry["checksum"]).rpartition(":")
    if algorithm not in {"", "md5"}:
        raise ValueError(f"checksum by {algorithm}")
    return StatedFile(str(entry["key"]), digest, int(entry["size"]))


def _licence(answer: dict[str, Any]) -> str:
    licence = answer.get("metadata", {}).get("license", {})
    return str(licence.get("id", "")) if isinstance(licence, dict) else str(licence)
