"""Measuring a sweep: every point is a run of a suite, and all are timed side by side."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from calobench import __version__
from calobench._util.commit import Output, write_together
from calobench._util.progress import Progress, SilentProgress
from calobench.benchmarks.timing.measure import measure
from calobench.benchmarks.timing.record import TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.detectors import DetectorSpec
from calobench.executors.base import Executor
from calobench.executors.processes import ProcessExecutor
from calobench.harness.sources import is_shower_file, placed
from calobench.models.devices import AUTO
from calobench.suite.entries import Entry
from calobench.suite.execution import run_entries
from calobench.suite.output import SuiteFolder
from calobench.suite.sweep.page import render_sweep
from calobench.suite.sweep.points import Point, points_of, possible_points
from calobench.suite.sweep.record import SweepResults
from calobench.suite.sweep.spectrum import ONE_ENERGY, Spectrum
from calobench.suite.sweep.summary import summarise

__all__ = ["SUMMARY", "SweepRequest", "sweep"]

SUMMARY = "sweep.json"
_TIMING = "timing.json"


@dataclass(frozen=True)
class SweepRequest:
    """A request for a sweep.

    Attributes:
        detector: the detector.
        out: folder of the runs, of ``sweep.json`` and ``index.html``.
        samplers: names; one such as ``heun:79`` is done with that number of evaluations only.
        evaluations: numbers of evaluations of the samplers that have none of their own.
        model: takes the arguments ``sampler`` and ``nfe``.
        others: further models, as they are, and files of showers.
        n: showers of each point.
        seed: of every run, and of the timing.
        replicas: of the bootstrap.
        reference: Geant4 showers; None for the bundled sample.
        timed: whether times are measured.
        geant4: whether Geant4 is timed beside the models.
        geant4_data: folder of its data; None looks where it usually is.
        max_seconds: that each time may take.
        spectrum: incident energies over which times are averaged.
        device: where models run: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``; ``auto`` times the CPU.
        detector_name: as ``--detector`` takes it; None for the name of the detector.
    """

    detector: DetectorSpec
    out: Path
    samplers: tuple[str, ...]
    evaluations: tuple[int, ...]
    model: str = "edm"
    others: tuple[str, ...] = ()
    n: int = 1000
    seed: int = 1
    replicas: int = 200
    reference: Path | None = None
    timed: bool = True
    geant4: bool = False
    geant4_data: Path | None = None
    max_seconds: float = 20.0
    spectrum: Spectrum = ONE_ENERGY
    device: str = AUTO
    detector_name: str | None = None

    @property
    def command(self) -> str:
        """The call that does the same, without what changes no number."""
        words = ["calobench", "sweep", "--detector", self.detector_name or self.detector.name]
        words += ["--model", self.model, "--samplers", ",".join(self.samplers)]
        if self.evaluations:
            words += ["--nfe", ",".join(map(str, self.evaluations))]
        if self.others:
            words += ["--models", ",".join(self.others)]
        words += ["-n", str(self.n), "--seed", str(self.seed), "--replicas", str(self.replicas)]
        if self.reference is not None:
            words += ["--reference", str(self.reference)]
        if self.device != AUTO:
            words += ["--device", self.device]
        if self.spectrum != ONE_ENERGY:
            words += ["--energies", str(self.spectrum)]
        return shlex.join(words)


def sweep(
    request: SweepRequest, executor: Executor | None = None, progress: Progress | None = None
) -> SweepResults:
    """Measure a sweep; what is finished in its folder is kept.

    Args:
        request: what to sweep.
        executor: where the runs are done; None for one process. Times are measured here.
        progress: shows the stages.

    Returns:
        What is written to ``sweep.json`` and shown in ``index.html``.

    Raises:
        CalobenchError: a name is wrong, the folder is of something else, or Geant4 is asked for and absent;
            before the first run. A run that fails is a point with a reason.
    """
    show = progress or SilentProgress()
    points = possible_points(
        points_of(
            placed(request.model, request.device),
            request.samplers,
            request.evaluations,
            [
                other if is_shower_file(other) else placed(other, request.device)
                for other in request.others
            ],
        )
    )
    folder = SuiteFolder(request.out, SUMMARY)
    entries = {point.name: _entry(point, request) for point in points if point.refusal is None}
    errors = {}
    place = executor or ProcessExecutor(1)
    with show.stage("runs", len(entries)) as advance:
        for outcome in run_entries(list(entries.values()), place, None):
            advance()
            errors[outcome.key] = outcome.error
    timing = _timing(request, [point for point in points if point.generates], show)
    results = summarise(
        points, entries, errors, timing, request.spectrum, command=request.command,
        detector=request.detector.name, n=request.n, seed=request.seed, version=__version__,
    )  # fmt: skip
    folder.write(results, render_sweep(results))
    return results


def _entry(point: Point, request: SweepRequest) -> Entry:
    return Entry(
        name=point.name,
        model=point.model,
        detector=request.detector_name or request.detector.name,
        detector_name=request.detector.name,
        folder=request.out / point.name,
        reference=request.reference,
        n=request.n,
        seed=request.seed,
        replicas=request.replicas,
        benchmarks=(),
        use=None,
    )


def _timing(
    request: SweepRequest, points: Sequence[Point], progress: Progress
) -> TimingResults | None:
    """Times of all points in one timing; one that lies there is kept if it is of the same call."""
    if not request.timed or not points:
        return None
    place = request.out / _TIMING
    command = f"{request.command} {'--geant4' if request.geant4 else '--no-geant4'}"
    for kept in _read(place):
        if kept.settings.command == command:
            return kept
    timing = measure(
        TimingRequest(
            detector=request.detector,
            models=tuple(point.model for point in points),
            devices=("cpu" if request.device == AUTO else request.device,),
            batch_sizes=(1,),
            energies_mev=request.spectrum.nodes_mev,
            geant4=request.geant4,
            geant4_data=request.geant4_data,
            max_seconds=request.max_seconds,
            seed=request.seed,
            command=command,
        ),
        progress,
    )
    write_together([Output(place, f"{timing.model_dump_json(indent=1)}\n".encode(), replace=True)])
    return timing


def _read(place: Path) -> Iterator[TimingResults]:
    with contextlib.suppress(OSError, ValueError):
        yield TimingResults.model_validate_json(place.read_bytes())
