"""One benchmark run, from a request to results on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from calobench._util.progress import Progress, SilentProgress
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.harness.extras import Extras
from calobench.harness.measuring import Settings, measure
from calobench.harness.output import RunFolder
from calobench.harness.reference import read_reference
from calobench.harness.sources import open_source, placed
from calobench.harness.stages import Stages
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.devices import AUTO
from calobench.results.schema import Results
from calobench.results.store import read_results, results_text
from calobench.verdict import Use

__all__ = ["RunOutcome", "RunRequest", "run"]


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


def run(request: RunRequest, progress: Progress | None = None) -> RunOutcome:
    """Generate, compare with the reference and write results and report.

    Nothing is written before everything is computed.

    Raises:
        CalobenchError: anything wrong with the request, the model or the files.
    """
    if request.n is not None and request.n < 1:
        raise ConditionsError(f"-n {request.n}: give at least 1 shower")
    folder = RunFolder(request.out, force=request.force, call=request.command)
    if folder.completed:
        return RunOutcome(read_results(folder.results), folder.results, folder.page, completed=True)
    stages = Stages(progress or SilentProgress())
    results, failures = _measure(request, stages)
    return replace(_write(results, folder, stages), failures=failures)


def _measure(request: RunRequest, stages: Stages) -> tuple[Results, tuple[Exception, ...]]:
    """Everything but writing, and what ended further benchmarks."""
    detector = request.detector
    model = placed(request.model, request.device)
    extras = Extras(request.extras, model, detector, request.seed, request.replicas)
    with stages.stage("open reference"):
        reference = read_reference(request.reference, detector, request.reading)
    with stages.stage("load model"):
        source = open_source(
            model, reference.conditions, detector, request.n, request.seed, request.reading
        )
    settings = Settings(
        request.seed, request.replicas, request.command, request.reweight, request.use
    )
    return measure(source, reference, detector, settings, extras, stages)


def _write(results: Results, folder: RunFolder, stages: Stages) -> RunOutcome:
    # The report needs matplotlib: imported only when needed.
    from calobench.report import render

    with stages.stage("write report"):
        folder.write(results_text(results), render(results))
    return RunOutcome(results, folder.results, folder.page)
