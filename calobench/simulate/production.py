"""Making a file of Geant4 showers: shards, resumed where they were left, then merged."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calobench import __version__
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError, SpecError
from calobench.executors.base import Executor
from calobench.executors.shard_folder import ShardFolder
from calobench.executors.shower_file import Monitor, ShowerFileJob, make_file
from calobench.executors.threads import ThreadExecutor
from calobench.io.shower_file import FAST_MODEL
from calobench.placement.readout import make_readout
from calobench.simulate.beam import Beam
from calobench.simulate.child import Children
from calobench.simulate.fast_model import FastModel
from calobench.simulate.geant4_data import geant4_environment, require_geant4
from calobench.simulate.shard_task import ShardTask

__all__ = ["SHARD_SIZE", "Monitor", "Production", "produce"]

SHARD_SIZE = 100
"""Showers of a shard; part of what a seed means."""

# Compressed showers take 7 kB, as readout cells do; all is on disk twice while the shards are merged.
_BYTES_PER_SHOWER = 25_000
_RANDOM = f"numpy SeedSequence(seed, spawn_key=(shard of {SHARD_SIZE}, shower))"


@dataclass(frozen=True)
class Production:
    """A request for showers, which depend on nothing else.

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


def produce(
    production: Production,
    out: Path,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    part: tuple[int, int] | None = None,
    geant4_data: Path | None = None,
    force: bool = False,
    monitor: Monitor | None = None,
) -> None:
    """Simulate and write ``out`` in the LEMURS layout; go on with what an earlier call left.

    Args:
        production: what to make.
        out: HDF5 file; while it is made its shards are in ``<out>.shards``.
        workers: number of processes of this machine; the file does not depend on it.
        executor: does the shards elsewhere; None for this machine.
        part: ``(k, n)``: only part k of n of the shards; see
            :func:`calobench.executors.shower_file.make_file`.
        geant4_data: folder of Geant4's data sets, None for the usual places; elsewhere, it must be the same.
        force: replace ``out``, and shards of another production.
        monitor: told how far it is.

    Raises:
        ConditionsError: fewer than one worker.
        Geant4Error: Geant4 or its data are missing, or a process died.
        OutputError: ``out`` exists, no space, shards of another production, or another process makes
            the same file.
        SpecError: a material is unknown to Geant4.
    """
    if workers < 1:
        raise ConditionsError(f"cannot simulate with {workers} workers; give --workers 1 or more")
    folder = ShardFolder(out.absolute() if executor else out, production.n, SHARD_SIZE)
    check = ShowerFileJob(folder, production.detector, {}, {}, _BYTES_PER_SHOWER)
    check.require_place(force=force, part=part)
    require_geant4()
    environment = geant4_environment(geant4_data, os.environ)
    if production.fast is not None:
        # Workers share the cores already, and sums of several threads differ in their last bits.
        environment["OMP_NUM_THREADS"] = "1"
    settings = production.settings(Path(environment["G4LEDATA"]).name)
    attributes = {
        "geometry_hash": production.detector.geometry_hash,
        "seed": production.seed,
        **({FAST_MODEL: production.fast.description} if production.fast else {}),
    }
    job = replace(check, settings=settings, attributes=attributes)
    task = ShardTask(
        production.detector,
        production.beam,
        production.seed,
        folder,
        production.readout,
        production.fast,
    )
    make = _Geant4Shards(task, environment, live=executor is None)
    try:
        make_file(
            job,
            make,
            executor or ThreadExecutor(workers),
            part=part,
            force=force,
            monitor=monitor,
            on_shower=make.tell,
        )
    except SpecError:
        if part is None:
            folder.remove()  # the YAML must change, so nothing in it can be of use
        raise
    finally:
        make.stop()


class _Geant4Shards:
    """Makes shards, each in a process of its own.

    Args:
        task: how a shard is made.
        environment: variables to set before Geant4 is loaded.
        live: whether showers are told one by one; elsewhere they are told shard by shard.
    """

    def __init__(self, task: ShardTask, environment: Mapping[str, str], *, live: bool) -> None:
        self._task, self._environment, self._live = task, dict(environment), live
        self._children = Children(environment)
        self._report: Callable[[float], None] | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Callable[..., _Geant4Shards], tuple[object, ...]]:
        return _elsewhere, (self._task, self._environment)

    def __call__(self, shard: int) -> tuple[float, ...]:
        """Make a shard that is not there; returns the CPU seconds of its showers if they were not told."""
        task, seconds = self._task, list[float]()
        if task.folder.is_complete(shard, task.detector):
            return ()
        self._children.make(
            task, shard, task.folder.log(shard), self._told if self._live else seconds.append
        )
        return tuple(seconds)

    def tell(self, report: Callable[[float], None]) -> None:
        """Set whom showers are told to."""
        self._report = report

    def stop(self) -> None:
        """End all processes."""
        self._children.stop()

    def _told(self, seconds: float) -> None:
        if self._report is not None:
            with self._lock:
                self._report(seconds)


def _elsewhere(task: ShardTask, environment: Mapping[str, str]) -> _Geant4Shards:
    return _Geant4Shards(task, environment, live=False)
