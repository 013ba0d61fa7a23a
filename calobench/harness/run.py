"""One benchmark run, from a request to results on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from calobench._util.progress import Progress, SilentProgress
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.evaluation.conditional.dependence import sample_wide
from calobench.evaluation.conditional.metrics import measure_quality
from calobench.evaluation.multivariate.evaluate import STEPS, evaluate_multivariate
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.evaluate import PERMUTATIONS, evaluate
from calobench.harness.closeness import closeness_warning
from calobench.harness.conditions import check_same_spectrum, why_not_paired
from calobench.harness.events import EventPicker
from calobench.harness.extras import Extras
from calobench.harness.observing import observe, require_energy, unit_warnings
from calobench.harness.oddities import copy_warnings, end_warnings, few_warnings
from calobench.harness.output import RunFolder
from calobench.harness.provenance import provenance
from calobench.harness.reference import Reference, read_reference
from calobench.harness.reweighting import match_spectrum
from calobench.harness.sources import Source, open_source
from calobench.harness.stages import Stages
from calobench.observables import FeatureTable, all_observables
from calobench.results.schema import DetectorRecord, ModelRecord, Results, RunRecord
from calobench.results.significance import ALPHA
from calobench.results.store import read_results, results_text
from calobench.showers import Conditions, Content, Showers
from calobench.verdict.parts import part_level

__all__ = ["CHUNK_SIZE", "RunOutcome", "RunRequest", "run"]

CHUNK_SIZE = 100
"""Showers a chunk; part of what a seed means, so it is not an option."""


@dataclass(frozen=True)
class RunRequest:
    """What to run.

    Attributes:
        model: registered name, ``package.module:factory`` or a shower file.
        detector: the detector.
        out: folder for ``results.json`` and ``report.html``.
        reference: a LEMURS-layout file; None for the bundled sample.
        n: showers; None: 1,000 from a model, all of a file.
        seed: seeds generation, bootstrap and null.
        force: replace a run that is already in ``out``.
        replicas: of the bootstrap, and of the null.
        command: the command line, for the record.
        reweight: thin a sample of another incident spectrum until it has the reference's.
        extras: further benchmarks, names of :func:`~calobench.harness.extras.extra_names`.
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


@dataclass(frozen=True)
class RunOutcome:
    """Results and where they lie.

    Attributes:
        results: what was found.
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
    detector, observables = request.detector, all_observables()

    extras = Extras(request.extras, request.model, detector, request.seed, request.replicas)
    with stages.stage("open reference"):
        reference = read_reference(request.reference, detector)
    conditions = reference.conditions
    with stages.stage("load model"):
        source = open_source(request.model, conditions, detector, request.n, request.seed)
        unpaired = why_not_paired(source.conditions, conditions)
        paired = unpaired is None
        source, reweighting = _with_same_spectrum(request, source, conditions, paired=paired)

    picker = EventPicker(conditions, source.conditions)
    extras.watch(conditions, source.conditions, paired=paired)
    with stages.stage("read reference", len(conditions)) as advance:
        reference_table, reference_content = observe(
            reference.chunks(),
            len(conditions),
            detector,
            observables,
            look=_each(picker.offer_reference, extras.look_reference),
            advance=advance,
        )
    require_energy(reference_table, reference.path)
    with stages.stage("generate", len(source.conditions)) as advance:
        model_table, content = observe(
            source.chunks(CHUNK_SIZE),
            len(source.conditions),
            detector,
            observables,
            look=_each(picker.offer_model, extras.look_model),
            advance=advance,
        )
    warnings = [
        *unit_warnings(reference_table, detector, reference.path),
        *unit_warnings(model_table, detector, source.info.name),
        *_odd(source, model_table, content, reference, reference_content),
        *reweighting,
    ]

    with stages.stage("score", len(observables)) as advance:
        scored = evaluate(
            reference_table,
            model_table,
            detector,
            observables,
            paired=paired,
            seed=np.random.SeedSequence((request.seed, 1)),
            bootstrap_replicas=request.replicas,
            level=part_level(ALPHA),
            progress=lambda _name: advance(),
        )
        dependence = energy_dependence(reference_table, model_table, seed=(request.seed, 2))
        sample = sample_wide(
            reference_table,
            model_table,
            detector,
            observables,
            paired=paired,
            seed=(request.seed, 7),
        )
        quality = measure_quality(reference_table, model_table, detector, observables)

    with stages.stage("many-dimensional scores", len(STEPS)) as advance:
        multivariate = evaluate_multivariate(
            reference_table,
            model_table,
            detector,
            paired=paired,
            seed=np.random.SeedSequence((request.seed, 3)),
            replicas=request.replicas,
            progress=lambda _step: advance(),
        )

    warnings += closeness_warning(None if multivariate is None else multivariate.closeness)

    further = extras.measure(stages)
    warnings += [f"{name} was not measured: {error}" for name, error in further.failures.items()]
    results = Results(
        model=_model_record(source),
        detector=_detector_record(detector),
        reference=reference.record.model_copy(update={"content_sha256": reference_content.sha256}),
        run=RunRecord(
            n=len(source.conditions),
            seed=request.seed,
            chunk_size=CHUNK_SIZE,
            command=request.command,
            paired_conditions=paired,
            unpaired_because=unpaired,
            copied_showers=content.copied_from(reference_content),
            bootstrap_replicas=request.replicas,
            null_replicas=PERMUTATIONS,
            alpha=ALPHA,
        ),
        provenance=provenance(),
        observables=scored.observables,
        families=scored.families,
        energy_dependence=dependence,
        sample=sample,
        quality=quality,
        multivariate=multivariate,
        events=picker.images(),
        stages=stages.timings,
        warnings=tuple(warnings),
    ).with_benchmarks(further.records)
    return results, tuple(further.failures.values())


def _each(*looks: Callable[[Showers], None]) -> Callable[[Showers], None]:
    def look(chunk: Showers) -> None:
        for one in looks:
            one(chunk)

    return look


def _with_same_spectrum(
    request: RunRequest, source: Source, reference: Conditions, *, paired: bool
) -> tuple[Source, list[str]]:
    """The sample, thinned if that is asked for and needed, and what was done."""
    if request.reweight and not paired:
        matched = match_spectrum(source, reference, request.seed)
        return matched.source, [] if matched.note is None else [matched.note]
    if not paired:
        check_same_spectrum(source.conditions, reference, source.info.name)
    return source, []


def _odd(
    source: Source,
    table: FeatureTable,
    content: Content,
    reference: Reference,
    reference_content: Content,
) -> list[str]:
    name = source.info.name
    return [
        *reference.remarks(),
        *source.remarks(),
        *copy_warnings(content, reference_content, name),
        *end_warnings(table, name),
        *few_warnings(len(table), name),
        *few_warnings(reference.record.n, "the reference"),
        *_size_warning(reference),
    ]


def _size_warning(reference: Reference) -> list[str]:
    n = reference.record.n
    if n >= 1000:
        return []
    return [
        f"the reference has only {n} showers: only coarse differences show (each score says how "
        "coarse); a larger --reference sees more"
    ]


def _model_record(source: Source) -> ModelRecord:
    kept = {k: v for k, v in asdict(source.info).items() if k in ModelRecord.model_fields}
    return ModelRecord(**kept)


def _detector_record(detector: DetectorSpec) -> DetectorRecord:
    mesh = detector.mesh_geometry
    return DetectorRecord(
        name=detector.name,
        description=detector.description,
        mesh_shape=mesh.shape,
        dr_mm=mesh.dr_mm,
        dz_mm=mesh.dz_mm,
        sampling_fraction=detector.sampling_fraction,
        geometry_hash=detector.geometry_hash,
    )


def _write(results: Results, folder: RunFolder, stages: Stages) -> RunOutcome:
    # The report needs matplotlib: not before it is wanted.
    from calobench.report import render

    with stages.stage("write report"):
        folder.write(results_text(results), render(results))
    return RunOutcome(results, folder.results, folder.page)
