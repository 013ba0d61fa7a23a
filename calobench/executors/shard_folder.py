"""The folder of shards: what is complete after an interruption, and the merge into one file."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calobench._util.atomic import write_text
from calobench._util.commit import clear_left
from calobench._util.folder_lock import taken
from calobench._util.partials import make_folder, partial_path
from calobench._util.places import told
from calobench.detectors import DetectorSpec
from calobench.errors import OutputError, ShowerFileError
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import has_readout_cells, read_readout_events
from calobench.io.writers.readout import ReadoutWriter

__all__ = ["PROVENANCE", "ShardFolder", "as_text"]

PROVENANCE = "provenance"
"""Attribute of the file of all showers: the settings."""
_MAKERS = ("geant4", "model")


@dataclass(frozen=True)
class ShardFolder:
    """Shards of one production, in a folder beside the file that they will become.

    Attributes:
        out: the file of all showers.
        n: number of showers in all.
        shard_size: number of showers of each shard but the last.
    """

    out: Path
    n: int
    shard_size: int = 100

    @property
    def path(self) -> Path:
        """The folder, ``<out>.shards``."""
        return self.out.with_name(f"{self.out.name}.shards")

    @property
    def count(self) -> int:
        """Number of shards."""
        return -(-self.n // self.shard_size)

    def size(self, shard: int) -> int:
        """Number of showers of a shard; the last one may be smaller."""
        return min(self.shard_size, self.n - shard * self.shard_size)

    def file(self, shard: int) -> Path:
        """Where a shard lies when it is complete."""
        return self.path / f"shard-{shard:06d}.h5"

    def log(self, shard: int) -> Path:
        """What is printed while a shard is made."""
        return self.path / f"shard-{shard:06d}.log"

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

    def is_finished(self, settings: Mapping[str, Any], detector: DetectorSpec) -> bool:
        """Whether the file is there that these settings make, so that only its shards are left to remove."""
        try:
            with LemursFile(self.out, detector.mesh_geometry.shape) as file:
                made = file.attributes.get(PROVENANCE)
        except ShowerFileError:
            return False
        return made == as_text(settings)

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

    def missing(self, detector: DetectorSpec) -> list[int]:
        """Shards that are still to be made, in order."""
        return [shard for shard in range(self.count) if not self.is_complete(shard, detector)]

    def is_complete(self, shard: int, detector: DetectorSpec) -> bool:
        """Whether a shard lies there as a whole."""
        try:
            with LemursFile(self.file(shard), detector.mesh_geometry.shape) as file:
                return len(file) == self.size(shard)
        except ShowerFileError:
            return False

    def merge(
        self, detector: DetectorSpec, attributes: Mapping[str, Any], *, replace: bool = True
    ) -> None:
        """Join the complete shards in order, put the file in its place and remove the folder.

        Args:
            detector: that was simulated.
            attributes: of the file.
            replace: an older file is replaced; else one that is there by now is kept, and the shards.

        Raises:
            OutputError: no space, or the shards come from different versions of what made them.
        """
        mesh = detector.mesh_geometry
        files = [self.file(shard) for shard in range(self.count)]
        attributes = {**attributes, **_only_version(files, mesh.shape)}
        with ReadoutWriter(
            self.out, detector=detector.name, mesh=mesh, attributes=attributes, replace=replace
        ) as writer:
            for file in files:
                with LemursFile(file, mesh.shape) as shard:
                    writer.append(shard.read(), shard.columns)
                if has_readout_cells(file):
                    writer.append_cells(read_readout_events(file))
        with told(self.path):
            self.remove()


def as_text(settings: Mapping[str, Any]) -> str:
    """Settings as the file of all showers states them."""
    return json.dumps(settings, sort_keys=True)


def _only_version(files: Sequence[Path], shape: tuple[int, int, int]) -> dict[str, str]:
    """What all shards say of what made them: the attribute ``geant4`` or ``model``."""
    versions = set()
    for path in files:
        with LemursFile(path, shape) as file:
            versions.add(
                tuple(
                    (name, str(file.attributes[name]))
                    for name in _MAKERS
                    if name in file.attributes
                )
            )
    if len(versions) > 1:
        told = sorted("; ".join(f"{name} {text}" for name, text in one) for one in versions)
        raise OutputError(
            f"the shards in {files[0].parent} come from different versions ({' and '.join(told)}); use "
            "--force to start again"
        )
    return dict(versions.pop())


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
