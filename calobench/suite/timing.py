"""The cost per shower, for the models of a suite: all of a detector in one timing, on this machine.

Times are only compared within one timing, and need the cores for themselves. So they are measured after all
runs, by the call that writes the table; the record goes into the results of every run.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from calobench._util.progress import Progress
from calobench.benchmarks.timing.measure import measure
from calobench.benchmarks.timing.record import TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.detectors import load_detector
from calobench.errors import CalobenchError
from calobench.harness.addition import Addition
from calobench.models.devices import AUTO
from calobench.suite.entries import Entry, finished
from calobench.suite.spec import TIMING

__all__ = ["time_runs"]

# Of measuring, for every model.
_MAX_SECONDS = 20.0


def time_runs(
    entries: Sequence[Entry], device: str, progress: Progress
) -> Iterator[tuple[str, str]]:
    """Time the models of all runs that are finished and have no times of the same call.

    Args:
        entries: runs of models, of all detectors.
        device: where they are timed; ``auto`` times the CPU.
        progress: shows the stages.

    Yields:
        Key of a run, and why it has no times.
    """
    for name in dict.fromkeys(entry.detector_name for entry in entries):
        runs = [entry for entry in entries if entry.detector_name == name and finished(entry)]
        if not runs:
            continue
        request = _request(runs, device)
        if all(_has(entry, request.command) for entry in runs):
            continue
        try:
            timing = measure(request, progress)
            for entry in runs:
                place = entry.folder / "results.json"
                Addition(TIMING, None, place, name, force=True, call="").write(timing)
        except CalobenchError as error:
            yield from ((entry.key, f"{TIMING}: {error}") for entry in runs)
        else:
            for entry in runs:
                failures = [one for one in timing.failures if one.startswith(entry.model)]
                if failures:
                    yield entry.key, f"{TIMING}: {'; '.join(failures)}"


def _request(runs: Sequence[Entry], device: str) -> TimingRequest:
    models = tuple(dict.fromkeys(entry.model for entry in runs))
    place = "cpu" if device == AUTO else device
    first = runs[0]
    words = ["calobench", "time", "--detector", first.detector, "--models", ",".join(models)]
    words += ["--devices", place, "--batch-sizes", "1", "--max-seconds", f"{_MAX_SECONDS:g}"]
    return TimingRequest(
        detector=load_detector(first.detector),
        models=models,
        devices=(place,),
        batch_sizes=(1,),
        max_seconds=_MAX_SECONDS,
        seed=first.seed,
        command=shlex.join([*words, "--seed", str(first.seed)]),
    )


def _has(entry: Entry, command: str) -> bool:
    results = finished(entry)
    record = None if results is None else results.benchmarks.get(TIMING)
    return isinstance(record, TimingResults) and record.settings.command == command
