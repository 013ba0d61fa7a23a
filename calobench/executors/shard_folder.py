"""Shards of a file of showers: what is complete after an interruption, and the merge into one file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calobench._util.places import told
from calobench.detectors import DetectorSpec
from calobench.errors import OutputError, ShowerFileError
from calobench.executors.work_folder import WorkFolder
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import has_readout_cells, read_readout_events
from calobench.io.writers.readout import ReadoutWriter

__all__ = ["PROVENANCE", "ShardFolder", "as_text"]

PROVENANCE = "provenance"
"""Attribute of the file of all showers: the settings."""
_MAKERS = ("geant4", "model")


@dataclass(frozen=True)
class ShardFolder(WorkFolder):
    """Shards of one production, in a folder beside the file that they will become.

    Attributes:
        n: number of showers in all.
        shard_size: number of showers of each shard but the last.
    """

    n: int
    shard_size: int = 100

    @property
    def count(self) -> int:
        """Number of shards."""
        return -(-self.n // self.shard_size)

    def size(self, shard: int) -> int:
        """Number of showers of a shard; the last one may be smaller."""
        return min(self.shard_size, self.n - shard * self.shard_size)

    def file(self, shard: int) -> Path:
        """Path of a shard that is complete."""
        return self.path / f"shard-{shard:06d}.h5"

    def log(self, shard: int) -> Path:
        """Path of what is printed while a shard is made."""
        return self.path / f"shard-{shard:06d}.log"

    def is_finished(self, settings: Mapping[str, Any], detector: DetectorSpec) -> bool:
        """Whether the file is there that these settings make, so that only its shards are left to remove."""
        try:
            with LemursFile(self.out, detector.mesh_geometry.shape) as file:
                made = file.attributes.get(PROVENANCE)
        except ShowerFileError:
            return False
        return made == as_text(settings)

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
                    writer.append_file(shard)
                if has_readout_cells(file):
                    writer.append_cells(read_readout_events(file))
        with told(self.path):
            self.remove()


def as_text(settings: Mapping[str, Any]) -> str:
    """Settings as the file of all showers states them."""
    return json.dumps(settings, sort_keys=True)


def _only_version(files: Sequence[Path], shape: tuple[int, int, int]) -> dict[str, str]:
    """The common statement of all shards on their origin: the attribute ``geant4`` or ``model``."""
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
