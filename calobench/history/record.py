"""One run in a history: all that a trend, a leaderboard and a feed need of it, on one line."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError

from calobench._util.validation import describe_validation_error
from calobench.errors import HistoryError
from calobench.results.gate import GateReport, Side
from calobench.results.main_score import MainScore
from calobench.results.record import Count, Record
from calobench.results.schema import Results
from calobench.results.seal import Sealed, digest_of, seal
from calobench.results.verdict import Level, Topic
from calobench.verdict import verdict_of

__all__ = ["HISTORY_VERSION", "GateMark", "HistoryRecord", "LightMark", "record_of"]

HISTORY_VERSION: Literal["1.0"] = "1.0"

_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
# What a page may link to: nothing that runs, and nothing outside the store.
_REPORT = r"^(https?://[^\s\"'<>]+|reports/[0-9a-f]{64}\.html)$"


class LightMark(Record):
    """One topic of the verdict."""

    topic: Topic
    level: Level
    words: str


class GateMark(Record):
    """What a gate said of the run, and which run it was held against."""

    verdict: Literal["PASS", "REGRESSION", "NO VERDICT"]
    worse: tuple[str, ...] = Field(default=(), description="names of the metrics that are worse")
    baseline: Side | None = None


class HistoryRecord(Sealed):
    """One run."""

    history_version: Literal["1.0"] = HISTORY_VERSION
    results: str = Field(pattern=r"^[0-9a-f]{64}$", description="digest of the results")
    model: str
    description: str
    weights_hash: str | None = None
    nfe: int | None = None
    parameters: int | None = None
    detector: str
    geometry_hash: str
    use: str
    use_title: str
    level: Level
    sentence: str
    lights: tuple[LightMark, ...]
    n: Count
    n_reference: Count
    reference: str = Field(description="hash of the reference's showers, or of its files")
    seed: int
    created_utc: str = Field(pattern=_TIME)
    versions: dict[str, str]
    git_commit: str | None = None
    scores: tuple[MainScore, ...]
    gate: GateMark | None = None
    report: str | None = Field(
        default=None, pattern=_REPORT, description="an address, or the name of a page in the store"
    )
    note: str = ""

    def score(self, name: str) -> MainScore | None:
        """The score of that name; None where the run does not have it."""
        return next((one for one in self.scores if one.name == name), None)

    def is_side(self, side: Side) -> bool:
        """Whether a gate means this run."""
        own = (self.model, self.detector, self.n, self.seed, self.created_utc)
        return own == (side.model, side.detector, side.n, side.seed, side.created_utc)


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
        return seal(_record(results, scores, gate, report, note))
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
    return HistoryRecord(
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
