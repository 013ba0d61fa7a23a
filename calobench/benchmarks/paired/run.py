"""From two models' names to a paired comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from calobench._util.progress import Progress, SilentProgress
from calobench.benchmarks.paired.compare import compare_paired
from calobench.benchmarks.paired.record import PairedComparison
from calobench.benchmarks.paired.request import ComparisonRequest
from calobench.benchmarks.paired.sharded import observe_pair, observe_pair_part
from calobench.errors import ConditionsError
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.executors.base import Executor
from calobench.harness.conditions import check_same_spectrum, same_conditions
from calobench.harness.observing import Observed, observe, require_energy
from calobench.harness.oddities import copy_warnings, end_warnings, few_warnings
from calobench.harness.reference import Reference, read_reference
from calobench.harness.sources import CHUNK_SIZE, Source, open_source
from calobench.harness.stages import Stages
from calobench.observables import all_observables
from calobench.showers import Showers

__all__ = ["ComparisonRequest", "compare_models", "compare_models_part"]


def compare_models(
    request: ComparisonRequest,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> PairedComparison:
    """Generate showers of both models for the same conditions and seeds, and compare them.

    Args:
        request: what to compare; the result depends on nothing else.
        progress: shows the stages.
        executor: generates, reads and observes the showers, in shards; None for this process.

    Raises:
        CalobenchError: anything wrong with the request, the models or the files.
    """
    _require_showers(request)
    stages = Stages(progress or SilentProgress())
    detector, observables = request.detector, all_observables()
    with stages.stage("open reference"):
        reference = read_reference(request.reference, detector, request.reading)
    with stages.stage("load models"):
        sources = [
            open_source(
                name, reference.conditions, detector, request.n, request.seed, request.reading
            )
            for name in (request.first, request.second)
        ]
        paired = same_conditions(sources[0].conditions, reference.conditions)
        if not paired:
            check_same_spectrum(sources[0].conditions, reference.conditions, sources[0].info.name)

    if executor is None:
        observed = _observed_here(request, sources, reference, stages)
    else:
        observed = observe_pair(request, sources, reference, executor, stages)
    of_reference, first, second = observed
    require_energy(of_reference.table, reference.path)
    with stages.stage("compare", len(observables)) as advance:
        differences = compare_paired(
            of_reference.table,
            first.table,
            second.table,
            detector,
            observables,
            paired_with_reference=paired,
            seed=np.random.SeedSequence((request.seed, 4)),
            replicas=request.replicas,
            progress=lambda _name: advance(),
        )
    names = [source.info.name for source in sources]
    if names[0] == names[1]:
        # Two files of one name in different folders.
        names = [request.first, request.second]
    return PairedComparison(
        first=names[0],
        second=names[1],
        detector=detector.name,
        geometry_hash=detector.geometry_hash,
        reference=reference.record.source,
        reference_sha256=reference.record.sha256,
        n=len(first.table),
        n_reference=len(of_reference.table),
        seed=request.seed,
        replicas=request.replicas,
        paired_with_reference=paired,
        warnings=(
            *reference.remarks(),
            *sources[0].remarks(),
            *sources[1].remarks(),
            *_odd(names, (first, second), of_reference),
        ),
        scores=tuple(one.record for one in all_scores()),
        together=differences.together,
        observables=differences.observables,
    )


def compare_models_part(
    request: ComparisonRequest, executor: Executor, part: tuple[int, int]
) -> None:
    """Observe part ``k`` of ``n`` of the showers; :func:`compare_models` with an executor joins them.

    Raises:
        CalobenchError: anything wrong with the request, the models or the files.
    """
    _require_showers(request)
    observe_pair_part(request, executor, part)


def _require_showers(request: ComparisonRequest) -> None:
    if request.n is not None and request.n < 1:
        raise ConditionsError(f"-n {request.n}: give at least 1 shower")


def _observed_here(
    request: ComparisonRequest, sources: Sequence[Source], reference: Reference, stages: Stages
) -> tuple[Observed, Observed, Observed]:
    def seen(name: str, chunks: Iterator[Showers], n: int) -> Observed:
        with stages.stage(name, n) as advance:
            return observe(
                chunks, n, request.detector, all_observables(), look=_ignore, advance=advance
            )

    # In the chunks in which shards read it: sums in another order have other last bits.
    of_reference = seen("reference", reference.chunks(), len(reference.conditions))
    # Before minutes are spent on models.
    require_energy(of_reference.table, reference.path)
    first, second = (
        seen(source.info.name, source.chunks(CHUNK_SIZE), len(source.conditions))
        for source in sources
    )
    return of_reference, first, second


def _odd(
    names: Sequence[str], models: tuple[Observed, Observed], reference: Observed
) -> Iterator[str]:
    """Oddities of the samples, one line each."""
    first, second = models
    for name, model in zip(names, models, strict=True):
        yield from copy_warnings(model.content, reference.content, name)
        yield from end_warnings(model.table, name)
        yield from few_warnings(len(model.table), name)
    if first.content.sha256 == second.content.sha256:
        yield f"{names[0]} and {names[1]} are the same showers, to the last bit of every cell"


def _ignore(_chunk: Showers) -> None:
    pass
