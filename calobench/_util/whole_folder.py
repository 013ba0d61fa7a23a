"""A folder that is written as a whole, and replaced only where it holds nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from calobench._util.commit import clear_left
from calobench._util.files import UnreadableError, read_text
from calobench._util.partials import flush, make_folder, partial_path, remove, remove_empty
from calobench._util.places import resolved, told
from calobench.errors import OutputError

__all__ = ["WholeFolder"]

_MAX_MANIFEST = 10_000_000
_NAMED = 3


class WholeFolder:
    """Checks a place early, and fills it late.

    Args:
        path: the folder; made when it is written.
        manifest: name of the JSON file in it whose ``files`` lists all others.
        force: replace what the manifest lists.

    Raises:
        OutputError: the place is a file, holds files that no manifest lists, holds listed ones that are not
            to be replaced, or cannot be written.
    """

    def __init__(self, path: Path, *, manifest: str, force: bool) -> None:
        self.path = path
        self._final, self._manifest, self._force = resolved(path), manifest, force
        self._require_free()

    def write(self, files: Mapping[str, bytes], kept: Collection[str] = ()) -> None:
        """Write all files, or none; what was there before and is not kept is gone then.

        The folder is written beside its place and then takes its name. Where it replaces another, there
        is a moment without either.

        Args:
            files: their contents by their names, with ``/`` between folders; the manifest among them.
            kept: names of files that stay as they are; they are linked, or copied where there are no links.

        Raises:
            OutputError: something else is in the folder by now, or it cannot be written.
        """
        parent = self._final.parent
        with told(self.path):
            made = make_folder(parent)
            staged, aside = partial_path(parent), partial_path(parent)
            try:
                for name, content in files.items():
                    place = staged / PurePosixPath(name)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
                    flush(place)
                for name in kept:
                    _keep(self._final / PurePosixPath(name), staged / PurePosixPath(name))
                self._require_free()
                self._take_place(staged, aside)
                flush(parent)
            finally:
                remove(staged)
                remove(aside)
                remove_empty(made)

    @property
    def listed(self) -> frozenset[str]:
        """The files that are there and are of this command, without the manifest."""
        there = self._listed() - {self._manifest}
        return frozenset(name for name in there if (self._final / PurePosixPath(name)).is_file())

    def _take_place(self, staged: Path, aside: Path) -> None:
        if not self._final.exists():
            staged.rename(self._final)
            return
        self._final.rename(aside)
        try:
            staged.rename(self._final)
        except OSError:
            aside.rename(self._final)
            raise

    def _require_free(self) -> None:
        folder = self._final
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{self.path} is a file; give a folder with --out")
        with told(self.path):
            clear_left(folder.parent)
            if not folder.exists():
                return
            there = {
                path.relative_to(folder).as_posix()
                for path in folder.rglob("*")
                if path.is_symlink() or not path.is_dir()
            }
        if not there:
            return
        others = sorted(there - self._listed())
        if others:
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            raise OutputError(
                f"{self.path} holds files that this command did not make ({', '.join(others[:_NAMED])}"
                f"{more}); give another folder with --out"
            )
        if not self._force:
            raise OutputError(
                f"{self.path} is there already; add --force to replace it, or give another --out"
            )

    def _listed(self) -> set[str]:
        """The files of the manifest, and itself; none where there is no manifest."""
        try:
            content = json.loads(read_text(self._final / self._manifest, _MAX_MANIFEST))
            return {self._manifest, *map(str, content["files"])}
        except (UnreadableError, ValueError, KeyError, TypeError, RecursionError):
            return set()


def _keep(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copyfile(old, new)
        flush(new)
