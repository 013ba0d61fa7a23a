"""Places of fetched files, and those of them that are there."""

from __future__ import annotations

import os
from pathlib import Path

from calobench.datasets.names import Selection, select
from calobench.errors import FetchError

__all__ = ["ENVIRONMENT_VARIABLE", "data_folder", "files_of", "local_files", "missing_files"]

ENVIRONMENT_VARIABLE = "CALOBENCH_DATA"


def data_folder() -> Path:
    """Folder of fetched data sets: ``CALOBENCH_DATA``, or the cache folder of the user."""
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    if given:
        return Path(given).expanduser()
    import pooch

    return Path(pooch.os_cache("calobench")) / "datasets"


def files_of(selection: Selection, folder: Path | None = None) -> tuple[Path, ...]:
    """The files of showers of a sample that are there; of an archive, its members in alphabetical order."""
    home = (folder or data_folder()) / selection.data_set.name
    if selection.subset.members is None:
        paths = [home / file.name for file in selection.files]
        return tuple(path for path in paths if path.is_file())
    return tuple(sorted(home.glob(selection.subset.members)))


def missing_files(selection: Selection, folder: Path | None = None) -> tuple[str, ...]:
    """Names of the files that are not there."""
    there = files_of(selection, folder)
    if selection.subset.members is not None:
        return () if there else (selection.subset.members,)
    names = {path.name for path in there}
    return tuple(file.name for file in selection.files if file.name not in names)


def local_files(text: str) -> tuple[Path, ...]:
    """The files of a sample that was fetched before; nothing is downloaded.

    Args:
        text: names the sample, such as ``lemurs:FCCeeALLEGRO/50GeV``.

    Raises:
        UnknownNameError: there is no such sample.
        FetchError: it, or a part of it, was not fetched.
    """
    selection = select(text)
    missing = missing_files(selection)
    if missing:
        there = files_of(selection)
        one_part = (
            f", or name one part: {selection.name}/part1" if selection.subset.parts > 1 else ""
        )
        raise FetchError(
            f"{selection.name} is not here: {len(missing)} of {len(missing) + len(there)} files are missing "
            f"from {data_folder()}; fetch it with calobench fetch {selection.name}"
            f"{one_part if selection.part is None else ''}"
        )
    return files_of(selection)
