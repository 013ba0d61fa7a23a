"""Scores of observables as metrics of the gate, for those that declare to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calobench._util.edges import to_digits
from calobench.evaluation.conditional.columns import judged
from calobench.evaluation.univariate.base import ScoreFunction
from calobench.observables.base import Observable
from calobench.results.quality import Column, EstimateMetric, QualityRecord
from calobench.results.schema import ObservableResult, Score

__all__ = ["with_scores"]

# More digits than errors have, as of the other metrics.
_DIGITS = 7


def with_scores(
    record: QualityRecord,
    observables: Sequence[Observable],
    scored: Sequence[ObservableResult],
    functions: Sequence[ScoreFunction],
) -> QualityRecord:
    """The same metrics, and each score with a ``gate`` of each observable that the gate judges.

    The metric is the excess of the score over the median of its null, so that runs of different sizes can
    be compared; 0 is what samples that agree give. Its error is that of the score, which holds the
    reference's part as well although that is common to both runs: the test errs on the side of PASS. The
    tails of a score are longer than the Gaussian's that the gate takes for them where it is near its null.

    Args:
        record: all other metrics.
        observables: of the run.
        scored: their scores.
        functions: the scores.
    """
    chosen = [function.name for function in functions if function.gate is not None]
    if not chosen:
        return record
    kept = {observable.name for observable in judged(observables)}
    judged_results = [one for one in scored if one.name in kept]
    known = {column.name for column in record.columns}
    # A vector is no column: its metric says no more than what it is of.
    columns = [_column(one) for one in judged_results if one.name not in known]
    metrics = [metric for one in judged_results for metric in _metrics(one, chosen)]
    return record.model_copy(
        update={
            "columns": (*record.columns, *columns),
            "metrics": (*record.metrics, *metrics),
        }
    )


def _column(observable: ObservableResult) -> Column:
    return Column(
        name=observable.name,
        observable=observable.name,
        label=observable.label,
        unit=observable.unit,
        mean=0.0,
        width=0.0,
    )


def _metrics(observable: ObservableResult, chosen: Sequence[str]) -> Iterator[EstimateMetric]:
    for score in observable.scores:
        if score.name in chosen:
            yield _metric(observable.name, score)


def _metric(observable: str, score: Score) -> EstimateMetric:
    return EstimateMetric(
        name=f"{observable}.{score.name}",
        kind=score.name,
        columns=(observable,),
        value=to_digits(max(0.0, score.value - score.null_median), _DIGITS),
        error=to_digits(score.error, _DIGITS),
        n=score.n_model,
        reference=0.0,
        reference_error=0.0,
        n_reference=score.n_reference,
    )
