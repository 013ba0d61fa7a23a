"""Making a file of Geant4 showers: shards, resumed where they were left, then merged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from calobench import __version__
from calobench._util.commit import clear_left
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError, OutputError, SpecError
from calobench.placement.readout import make_readout
from calobench.simulate.beam import Beam
from calobench.simulate.fast_model import FastModel
from calobench.simulate.geant4_data import geant4_environment, require_geant4
from calobench.simulate.shard_task import ShardTask
from calobench.simulate.shards import PROVENANCE, SHARD_SIZE, ShardFolder, as_text
from calobench.simulate.workers import run_workers

__all__ = ["Monitor", "Production", "produce"]

# Compressed showers take 7 kB, as readout cells do; all is on disk twice while the shards are merged.
_BYTES_PER_SHOWER = 25_000
_RANDOM = f"numpy SeedSequence(seed, spawn_key=(shard of {SHARD_SIZE}, shower))"


@dataclass(frozen=True)
class Production:
    """What to make; the showers depend on nothing else.

    Attributes:
        detector: geometry, materials and mesh.
        beam: distributions of the incident photons.
        n: number of showers.
        seed: of all random numbers; shower i of two productions that differ only in n is the same.
        readout: also write the deposits in the detector's readout cells.
        fast: a model that makes the showers of some photons in Geant4's place; None for none.
    """

    detector: DetectorSpec
    beam: Beam
    n: int
    seed: int
    readout: bool = False
    fast: FastModel | None = None

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ConditionsError(f"cannot simulate {self.n} showers; give -n 1 or more")
        if self.readout:
            make_readout(self.detector)

    def settings(self, data: str) -> dict[str, Any]:
        """Everything that changes the showers, in JSON types; ``data`` names Geant4's tables."""
        cells = (
            self.detector.readout.cells.model_dump(mode="json") if self.detector.readout else None
        )
        return {
            **({"readout": cells} if self.readout else {}),
            **({"fast_model": self.fast.settings()} if self.fast else {}),
            "calobench": __version__,
            "detector": self.detector.name,
            "geometry_hash": self.detector.geometry_hash,
            "beam": self.beam.as_dict(),
            "n": self.n,
            "seed": self.seed,
            "random": _RANDOM,
            "geant4_data": data,
        }


class Monitor(Protocol):
    """Is told how far a production is."""

    def begin(self, done: int, total: int) -> None:
        """``done`` of ``total`` showers were there already."""

    def shower(self, seconds: float) -> None:
        """One more shower; it took so many seconds of CPU time."""


class _Silent:
    def begin(self, done: int, total: int) -> None:
        pass

    def shower(self, seconds: float) -> None:
        pass


def produce(
    production: Production,
    out: Path,
    *,
    workers: int = 1,
    geant4_data: Path | None = None,
    force: bool = False,
    monitor: Monitor | None = None,
) -> None:
    """Simulate and write ``out`` in the LEMURS layout; go on with what an earlier call left.

    Args:
        production: what to make.
        out: HDF5 file; while it is made its shards are in ``<out>.shards``.
        workers: number of processes; the file does not depend on it.
        geant4_data: folder of Geant4's data sets, None for the usual places.
        force: replace ``out``, and shards of another production.
        monitor: told how far it is.

    Raises:
        ConditionsError: fewer than one worker.
        Geant4Error: Geant4 or its data are missing, or a worker died.
        OutputError: ``out`` exists, no space, shards of another production, or another process makes
            the same file.
        SpecError: a material is unknown to Geant4.
    """
    if workers < 1:
        raise ConditionsError(f"cannot simulate with {workers} workers; give --workers 1 or more")
    clear_left(out.parent)
    folder = ShardFolder(out, production.n)
    # Where shards are left, what is there may be what they were to become.
    _check_output(out, production.n, force=force or folder.path.exists())
    require_geant4()
    environment = geant4_environment(geant4_data, os.environ)
    if production.fast is not None:
        # Workers share the cores already, and sums of several threads differ in their last bits.
        environment["OMP_NUM_THREADS"] = "1"
    settings = production.settings(Path(environment["G4LEDATA"]).name)
    monitor = monitor or _Silent()
    with folder.taken() as show:
        if out.exists() and not force:
            if not folder.is_finished(settings, production.detector):
                raise _exists(out)
            folder.remove()
            return
        folder.open(settings, force=force)
        missing = folder.missing(production.detector)
        monitor.begin(production.n - sum(folder.size(shard) for shard in missing), production.n)
        try:
            run_workers(
                ShardTask(
                    production.detector,
                    production.beam,
                    production.seed,
                    folder,
                    production.readout,
                    production.fast,
                ),
                missing,
                [folder.log(worker) for worker in range(workers)],
                environment,
                _each(monitor, show),
            )
        except SpecError:
            folder.remove()  # the YAML must change, so nothing in it can be of use
            raise
        attributes = {
            "geometry_hash": production.detector.geometry_hash,
            "seed": production.seed,
            PROVENANCE: as_text(settings),
        }
        folder.merge(production.detector, attributes, replace=force)


def _each(monitor: Monitor, show: Callable[[], None]) -> Callable[[float], None]:
    def shower(seconds: float) -> None:
        show()
        monitor.shower(seconds)

    return shower


def _exists(out: Path) -> OutputError:
    return OutputError(f"{out} exists; use --force to replace it, or another --out")


def _check_output(out: Path, n: int, *, force: bool) -> None:
    if out.is_dir():
        raise OutputError(f"{out} is a folder; give a file with --out")
    if out.exists() and not force:
        raise _exists(out)
    existing = next(parent for parent in out.absolute().parents if parent.exists())
    free, needed = shutil.disk_usage(existing).free, n * _BYTES_PER_SHOWER
    if free < needed:
        raise OutputError(
            f"{n} showers need about {needed / 1e9:.2g} GB, {existing} has {free / 1e9:.2g} GB; "
            "make room or choose another --out"
        )
