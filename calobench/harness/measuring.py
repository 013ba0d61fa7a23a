"""Comparing one sample with the reference: everything but opening and writing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.dependence import sample_wide
from calobench.evaluation.conditional.metrics import measure_quality
from calobench.evaluation.conditional.model import MIN_SHOWERS, ConditionalModel
from calobench.evaluation.multivariate.evaluate import evaluate_multivariate, steps
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.evaluate import PERMUTATIONS, evaluate
from calobench.evaluation.univariate.gate_metrics import with_scores
from calobench.harness.azimuth import azimuth_warnings
from calobench.harness.closeness import closeness_warning
from calobench.harness.conditions import check_same_spectrum, why_not_paired
from calobench.harness.events import choose_events, images_in_turn
from calobench.harness.extras import Extras
from calobench.harness.mean_showers import mean_showers
from calobench.harness.observation import Observation, ObservedHere, Observer, Observing
from calobench.harness.observing import require_energy, unit_warnings
from calobench.harness.oddities import (
    copy_warnings,
    end_warnings,
    few_warnings,
    noise_warnings,
)
from calobench.harness.provenance import provenance
from calobench.harness.reference import Reference
from calobench.harness.reweighting import match_spectrum
from calobench.harness.sources import CHUNK_SIZE, Source
from calobench.harness.stages import Stages
from calobench.observables import FeatureTable, all_observables
from calobench.results.schema import DetectorRecord, ModelRecord, Results, RunRecord
from calobench.results.significance import ALPHA
from calobench.showers import Conditions, Content
from calobench.verdict import Use, with_verdict
from calobench.verdict.parts import part_level

__all__ = ["Settings", "measure", "model_record"]


@dataclass(frozen=True)
class Settings:
    """Settings of the comparison of a sample.

    Attributes:
        seed: seeds bootstrap and null.
        replicas: of the bootstrap, and of the null.
        command: the command line, for the record.
        reweight: thin a sample of another incident spectrum until it has the reference's.
        use: what the model is for; None for the default.
    """

    seed: int = 1
    replicas: int = 200
    command: str = ""
    reweight: bool = False
    use: Use | None = None


def measure(
    source: Source,
    reference: Reference,
    detector: DetectorSpec,
    settings: Settings,
    extras: Extras,
    stages: Stages,
    observing: Observing | None = None,
) -> tuple[Results, tuple[Exception, ...]]:
    """Compare a sample with the reference.

    Args:
        source: the sample under test.
        reference: the reference.
        detector: the detector.
        settings: of the evaluation.
        extras: further benchmarks.
        stages: get the time and memory of each stage.
        observing: where the showers of both samples are observed; None for this process.

    Returns:
        Results, and what ended further benchmarks.

    Raises:
        CalobenchError: anything wrong with the samples or the model.
    """
    observables, conditions = all_observables(), reference.conditions
    unpaired = why_not_paired(source.conditions, conditions)
    paired = unpaired is None
    source, reweighting = _with_same_spectrum(settings, source, conditions, paired=paired)

    observing = observing or ObservedHere(
        reference.chunks, lambda: source.chunks(CHUNK_SIZE), source.stage
    )
    observing.prepare(stages)
    chosen = choose_events(conditions, source.conditions)
    extras.watch(conditions, source.conditions, paired=paired)
    with stages.stage("read reference", len(conditions)) as advance:
        observer = Observer(detector, observables, "reference", chosen.reference)
        parts = observing.of(observer, extras.look_reference)
        of_reference = Observation.joined(parts, len(conditions), advance)
    reference_table, reference_content = of_reference.table, of_reference.content
    require_energy(reference_table, reference.path)
    with stages.stage(observing.stage, len(source.conditions)) as advance:
        observer = Observer(detector, observables, "model", chosen.model)
        parts = observing.of(observer, extras.look_model)
        of_model = Observation.joined(parts, len(source.conditions), advance)
    model_table, content = of_model.table, of_model.content
    warnings = [
        *unit_warnings(reference_table, detector, reference.path),
        *unit_warnings(model_table, detector, source.info.name),
        *azimuth_warnings(reference_table, model_table, detector, source.info),
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
            seed=np.random.SeedSequence((settings.seed, 1)),
            bootstrap_replicas=settings.replicas,
            level=part_level(ALPHA),
            progress=lambda _name: advance(),
        )
        dependence = energy_dependence(reference_table, model_table, seed=(settings.seed, 2))
        # What observables do at fixed incident particle: fitted once, used by all that follows.
        conditional = (
            ConditionalModel.fit(reference_table, staves=detector.staves.count)
            if len(reference_table) >= MIN_SHOWERS
            else None
        )
        sample = sample_wide(
            reference_table,
            model_table,
            detector,
            observables,
            paired=paired,
            seed=(settings.seed, 7),
            conditional=conditional,
        )
        quality = measure_quality(reference_table, model_table, detector, observables, conditional)
        if quality is not None:
            quality = with_scores(quality, observables, scored.observables, all_scores())

    with stages.stage("many-dimensional scores", len(steps())) as advance:
        multivariate = evaluate_multivariate(
            reference_table,
            model_table,
            detector,
            paired=paired,
            seed=np.random.SeedSequence((settings.seed, 3)),
            replicas=settings.replicas,
            conditional=conditional,
            progress=lambda _step: advance(),
        )

    warnings += noise_warnings(quality, source.info.name)
    warnings += closeness_warning(None if multivariate is None else multivariate.closeness)

    further = extras.measure(stages)
    warnings += [f"{name} was not measured: {error}" for name, error in further.failures.items()]
    results = Results(
        model=model_record(source),
        detector=_detector_record(detector),
        reference=reference.record.model_copy(update={"content_sha256": reference_content.sha256}),
        run=RunRecord(
            n=len(source.conditions),
            seed=settings.seed,
            chunk_size=CHUNK_SIZE,
            command=settings.command,
            paired_conditions=paired,
            unpaired_because=unpaired,
            copied_showers=content.copied_from(reference_content),
            content_sha256=content.sha256,
            bootstrap_replicas=settings.replicas,
            null_replicas=PERMUTATIONS,
            alpha=ALPHA,
        ),
        provenance=provenance(),
        observables=scored.observables,
        scores=tuple(score.record for score in all_scores()),
        families=scored.families,
        energy_dependence=dependence,
        sample=sample,
        quality=quality,
        multivariate=multivariate,
        events=images_in_turn(of_reference.images, of_model.images),
        mean_showers=mean_showers(of_reference.fractions, of_model.fractions),
        stages=stages.timings,
        warnings=tuple(warnings),
    ).with_benchmarks(further.records)
    return with_verdict(results, settings.use), tuple(further.failures.values())


def _with_same_spectrum(
    settings: Settings, source: Source, reference: Conditions, *, paired: bool
) -> tuple[Source, list[str]]:
    """The sample, thinned if that is asked for and needed, and what was done."""
    if settings.reweight and not paired:
        matched = match_spectrum(source, reference, settings.seed)
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


def model_record(source: Source) -> ModelRecord:
    """Record of the sample under test in the results."""
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
        radiation_length_mm=detector.radiation_length_mm,
        moliere_radius_mm=detector.moliere_radius_mm,
    )
