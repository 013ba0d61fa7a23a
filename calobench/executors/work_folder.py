"""The folder in which shards lie until they have become what was asked for."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calobench._util.atomic import write_text
from calobench._util.commit import clear_left
from calobench._util.folder_lock import taken
from calobench._util.partials import make_folder, partial_path
from calobench._util.places import told
from calobench.errors import ExecutorError, OutputError

__all__ = ["WorkFolder", "require_same_settings"]


@dataclass(frozen=True)
class WorkFolder:
    """A folder beside what its shards will become; it says what they are made with.

    Attributes:
        out: the file or folder that is asked for.
    """

    out: Path

    @property
    def path(self) -> Path:
        """The folder, ``<out>.shards``."""
        return self.out.with_name(f"{self.out.name}.shards")

    @contextlib.contextmanager
    def taken(self) -> Iterator[Callable[[], None]]:
        """Have the folder to oneself; what dead processes left in it is cleared.

        Yields what is to be called after every shower, see :func:`calobench._util.folder_lock.taken`.

        Raises:
            OutputError: another process makes the same file now, or the folder cannot be made.
        """
        with contextlib.ExitStack() as held:
            with told(self.path):
                make_folder(self.path)
                show = held.enter_context(taken(self.path, "", lambda *_: None, patience_s=0))
            clear_left(self.path)
            yield show

    def open(self, settings: Mapping[str, Any], *, force: bool) -> None:
        """Make the folder, or take up one that was made with the same settings.

        Args:
            settings: JSON types; everything that changes a shower.
            force: start again where the settings differ.

        Raises:
            OutputError: the folder is of another production, or cannot be made.
        """
        note = self.path / "settings.json"
        if note.exists():
            different = _differences(_read_json(note), settings)
            if not different:
                return
            if not force:
                raise OutputError(
                    f"{self.path} holds an unfinished production with other settings "
                    f"({different}); repeat it with those, use --force to start again, "
                    "or choose another --out"
                )
            self.remove()
        write_text(note, json.dumps(settings, indent=1, sort_keys=True) + "\n")

    def remove(self) -> None:
        """Remove the folder with all that is in it; under its name it is gone at once."""
        gone = partial_path(self.path.parent)
        self.path.rename(gone)
        shutil.rmtree(gone)


def require_same_settings(here: Mapping[str, Any], settings: str) -> None:
    """Check that a worker works on what it was asked for.

    Args:
        here: what it has, JSON types.
        settings: what the process that asks has, as text.

    Raises:
        ExecutorError: they differ.
    """
    there: dict[str, Any] = json.loads(settings)
    if here != there:
        others = ", ".join(key for key in there if here.get(key) != there[key])
        raise ExecutorError(
            f"a worker would make other showers than this process ({others}); give all of them the same "
            "versions, files and devices"
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _differences(made: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """The settings that differ, as ``seed 1, now 2``."""
    parts = []
    for key in sorted(made.keys() | asked.keys()):
        before, now = made.get(key), asked.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            parts.append(_differences(before, now))
        elif before != now:
            parts.append(f"{key} was {before}, now {now}")
    return ", ".join(part for part in parts if part)
