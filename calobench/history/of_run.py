"""The record of a run, from its results."""

from __future__ import annotations

from pydantic import ValidationError

from calobench._util.validation import describe_validation_error
from calobench.errors import HistoryError
from calobench.history.record import GateMark, HistoryRecord, LightMark
from calobench.results.gate import GateReport
from calobench.results.main_score import MainScore
from calobench.results.schema import Results
from calobench.results.seal import digest_of
from calobench.verdict import verdict_of

__all__ = ["record_of"]


def record_of(
    results: Results,
    scores: tuple[MainScore, ...],
    *,
    gate: GateReport | None = None,
    report: str | None = None,
    note: str = "",
) -> HistoryRecord:
    """The record of a run, sealed.

    Args:
        results: of the run.
        scores: its main scores.
        gate: what a gate said of it.
        report: where its page is.
        note: of whoever adds it.

    Raises:
        HistoryError: the address of the page is none, or the results do not say when they were made.
    """
    try:
        return _record(results, scores, gate, report, note)
    except ValidationError as error:
        raise HistoryError(
            f"the run cannot be kept in a history ({describe_validation_error(error)}); an address begins "
            "with http:// or https://"
        ) from error


def _record(
    results: Results,
    scores: tuple[MainScore, ...],
    gate: GateReport | None,
    report: str | None,
    note: str,
) -> HistoryRecord:
    verdict = results.verdict or verdict_of(results)
    reference = results.reference
    return HistoryRecord.sealed(
        results=digest_of(results),
        model=results.model.name,
        description=results.model.description,
        weights_hash=results.model.weights_hash,
        nfe=results.model.nfe,
        parameters=results.model.parameters,
        detector=results.detector.name,
        geometry_hash=results.detector.geometry_hash,
        use=verdict.use.name,
        use_title=verdict.use.title,
        level=verdict.level,
        sentence=verdict.sentence,
        lights=tuple(
            LightMark(topic=one.topic, level=one.level, words=one.words) for one in verdict.lights
        ),
        n=results.run.n,
        n_reference=reference.n,
        reference=reference.content_sha256 or reference.sha256,
        seed=results.run.seed,
        created_utc=results.provenance.created_utc,
        versions=results.provenance.versions,
        git_commit=results.provenance.git_commit,
        scores=scores,
        gate=None if gate is None else _mark(gate),
        report=report,
        note=note,
    )


def _mark(gate: GateReport) -> GateMark:
    return GateMark(
        verdict=gate.verdict,
        worse=tuple(change.name for change in gate.changes if change.status == "worse"),
        baseline=gate.baseline,
    )
