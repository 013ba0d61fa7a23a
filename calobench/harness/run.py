"""One benchmark run, from a request to results on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from calobench._util.progress import Progress, SilentProgress
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, OutputError
from calobench.executors.base import Executor
from calobench.harness.division import ShardedRequest
from calobench.harness.extras import Extras
from calobench.harness.measuring import Settings, measure
from calobench.harness.observation import Observing
from calobench.harness.output import RunFolder
from calobench.harness.reference import Reference, read_reference
from calobench.harness.sharded import observe_part, observed_in_shards
from calobench.harness.sources import Source, open_source, placed
from calobench.harness.stages import Stages
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.devices import AUTO
from calobench.results.schema import Results
from calobench.results.store import read_results, results_text
from calobench.verdict import Use

__all__ = ["RunOutcome", "RunRequest", "run", "run_part"]


@dataclass(frozen=True)
class RunRequest:
    """Request: what to run.

    Attributes:
        model: registered name, ``package.module:factory`` or a shower file.
        detector: the detector.
        out: folder for ``results.json`` and ``report.html``.
        reference: a file of showers; None for the bundled sample.
        n: showers; None: 1,000 from a model, all of a file.
        seed: seeds generation, bootstrap and null.
        force: replace a run that is already in ``out``.
        replicas: of the bootstrap, and of the null.
        command: the command line, for the record.
        reweight: thin a sample of another incident spectrum until it has the reference's.
        extras: further benchmarks, names of :func:`~calobench.harness.extras.extra_names`.
        use: what the model is for; None for the default.
        reading: what is known beforehand of the files of showers.
        device: where the model runs: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
    """

    model: str
    detector: DetectorSpec
    out: Path
    reference: Path | None = None
    n: int | None = None
    seed: int = 1
    force: bool = False
    replicas: int = 200
    command: str = ""
    reweight: bool = False
    extras: tuple[str, ...] = ()
    use: Use | None = None
    reading: Reading = UNDECLARED
    device: str = AUTO


@dataclass(frozen=True)
class RunOutcome:
    """Results and where they lie.

    Attributes:
        results: of the run.
        results_path: their file.
        report_path: their page.
        completed: they are of an earlier call, the same, which had been killed while it wrote them.
        failures: what ended further benchmarks; the results lack them and say why.
    """

    results: Results
    results_path: Path
    report_path: Path
    completed: bool = False
    failures: tuple[Exception, ...] = ()


def run(
    request: RunRequest, progress: Progress | None = None, executor: Executor | None = None
) -> RunOutcome:
    """Generate, compare with the reference and write results and report.

    Nothing is written before everything is computed.

    Args:
        request: what to run; results depend on nothing else.
        progress: shows the stages.
        executor: generates, reads and observes the showers, in shards; None for this process.

    Raises:
        CalobenchError: anything wrong with the request, the model or the files.
    """
    folder = _place(request)
    if folder.completed:
        return RunOutcome(read_results(folder.results), folder.results, folder.page, completed=True)
    stages = Stages(progress or SilentProgress())
    opened = _open(request, stages)
    if executor is None:
        return _measured(request, folder, opened, stages)
    sharded = _sharded(request, opened.extras)
    with observed_in_shards(
        sharded, opened.source, opened.reference, executor, force=request.force
    ) as observing:
        return _measured(request, folder, opened, stages, observing)


def run_part(request: RunRequest, executor: Executor, part: tuple[int, int]) -> None:
    """Observe part ``k`` of ``n`` of the showers of a run, as one job of an array does; the run joins them.

    Raises:
        OutputError: with ``force``; or the folder holds a run.
        CalobenchError: anything wrong with the request, the model or the files.
    """
    if request.force:
        raise OutputError(
            "--force with --shard would remove the shards of other jobs; call it once without --shard first"
        )
    if not _place(request).completed:
        observe_part(_sharded(request, _extras(request)), executor, part)


class _Opened(NamedTuple):
    """Reference, source and extras of a run, opened."""

    reference: Reference
    source: Source
    extras: Extras


def _place(request: RunRequest) -> RunFolder:
    if request.n is not None and request.n < 1:
        raise ConditionsError(f"-n {request.n}: give at least 1 shower")
    return RunFolder(request.out, force=request.force, call=request.command)


def _extras(request: RunRequest) -> Extras:
    model = placed(request.model, request.device)
    return Extras(request.extras, model, request.detector, request.seed, request.replicas)


def _sharded(request: RunRequest, extras: Extras) -> ShardedRequest:
    if request.reweight:
        raise ConditionsError(
            "--reweight needs all showers in one process; leave --workers, --scheduler and --shard out"
        )
    return ShardedRequest(
        placed(request.model, request.device),
        request.detector,
        request.out,
        request.reference,
        request.n,
        request.seed,
        request.reading,
        extras.sees_showers,
    )


def _open(request: RunRequest, stages: Stages) -> _Opened:
    extras = _extras(request)
    with stages.stage("open reference"):
        reference = read_reference(request.reference, request.detector, request.reading)
    with stages.stage("load model"):
        source = open_source(
            placed(request.model, request.device),
            reference.conditions,
            request.detector,
            request.n,
            request.seed,
            request.reading,
        )
    return _Opened(reference, source, extras)


def _measured(
    request: RunRequest,
    folder: RunFolder,
    opened: _Opened,
    stages: Stages,
    observing: Observing | None = None,
) -> RunOutcome:
    """Compare, and write results and report."""
    # The report needs matplotlib: imported only when needed.
    from calobench.report import render

    settings = Settings(
        request.seed, request.replicas, request.command, request.reweight, request.use
    )
    results, failures = measure(
        opened.source,
        opened.reference,
        request.detector,
        settings,
        opened.extras,
        stages,
        observing,
    )
    with stages.stage("write report"):
        folder.write(results_text(results), render(results))
    return RunOutcome(results, folder.results, folder.page, failures=failures)
