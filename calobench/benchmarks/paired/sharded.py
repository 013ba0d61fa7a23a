"""The showers of two models, observed in shards as those of a run are: the reference once, with the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calobench.benchmarks.paired.request import ComparisonRequest
from calobench.errors import ConditionsError
from calobench.executors.base import Executor
from calobench.harness.division import ShardedRequest
from calobench.harness.events import Side, choose_events
from calobench.harness.observation import Observation, Observer
from calobench.harness.observing import Observed
from calobench.harness.reference import Reference
from calobench.harness.sharded import ObservedShards, observe_part, observed_in_shards
from calobench.harness.sources import Source
from calobench.harness.stages import Stages
from calobench.observables import all_observables
from calobench.showers import Showers

__all__ = ["observe_pair", "observe_pair_part"]


def observe_pair(
    request: ComparisonRequest,
    sources: Sequence[Source],
    reference: Reference,
    executor: Executor,
    stages: Stages,
) -> tuple[Observed, Observed, Observed]:
    """The reference and both models, observed; their shards are removed.

    Args:
        request: what is compared.
        sources: both models, opened.
        reference: the reference.
        executor: does the shards.
        stages: get the time of each stage.

    Raises:
        OutputError: shards of other settings are there, or another process makes the same comparison.
        ConditionsError: a sample cannot be divided, or the request has no place for shards.
    """
    result: list[Observed] = []
    for sharded, source in zip(_sharded(request), sources, strict=True):
        with observed_in_shards(
            sharded, source, reference, executor, force=request.force
        ) as shards:
            shards.prepare(stages)
            result += [
                _joined(shards, side, source, reference, request, stages) for side in sharded.sides
            ]
    of_reference, first, second = result
    return of_reference, first, second


def observe_pair_part(
    request: ComparisonRequest, executor: Executor, part: tuple[int, int]
) -> None:
    """Observe part ``k`` of ``n`` of the showers of both models, as one job of an array does.

    Raises:
        OutputError: shards of other settings are there.
        ConditionsError: a sample cannot be divided, or the request has no place for shards.
    """
    for sharded in _sharded(request):
        observe_part(sharded, executor, part)


def _sharded(request: ComparisonRequest) -> list[ShardedRequest]:
    if request.out is None:
        raise ConditionsError(
            "shards lie beside the JSON of the comparison: give --json with --workers, --scheduler or --shard"
        )
    models: dict[str, tuple[str, tuple[Side, ...]]] = {
        "first": (request.first, ("reference", "model")),
        "second": (request.second, ("model",)),
    }
    return [
        ShardedRequest(
            name,
            request.detector,
            _beside(request.out, which),
            request.reference,
            request.n,
            request.seed,
            request.reading,
            keeps_showers=False,
            sides=sides,
        )
        for which, (name, sides) in models.items()
    ]


def _beside(out: Path, which: str) -> Path:
    return out.with_name(f"{out.name}.{which}")


def _joined(
    shards: ObservedShards,
    side: Side,
    source: Source,
    reference: Reference,
    request: ComparisonRequest,
    stages: Stages,
) -> Observed:
    conditions = {"reference": reference.conditions, "model": source.conditions}
    chosen = choose_events(reference.conditions, source.conditions)._asdict()[side]
    observer = Observer(request.detector, all_observables(), side, chosen)
    n = len(conditions[side])
    with stages.stage(shards.stage, n) as advance:
        whole = Observation.joined(shards.of(observer, _ignore), n, advance)
    return Observed(whole.table, whole.content)


def _ignore(_chunk: Showers) -> None:
    pass
