"""Outcome of a suite: one row per run, from the results that lie on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from calobench.results.record import Record
from calobench.results.schema import Results
from calobench.suite.entries import Entry, finished
from calobench.suite.judged import JudgedRow, judgement
from calobench.verdict import Level, Use, load_use, verdict_of

__all__ = ["SuiteRow", "SuiteSummary", "UseVerdict", "summarise"]


class UseVerdict(Record):
    """The verdict for a further use.

    Attributes:
        use: its name.
        level: of the verdict.
        verdict: in one sentence.
    """

    use: str
    level: Level
    verdict: str


class SuiteRow(JudgedRow):
    """One run.

    Attributes:
        model: name in the suite.
        detector: name.
        folder: of the run, beside the summary.
        n: showers of the model; None if there are no results.
        n_reference: showers of Geant4.
        uses: the verdicts for the suite's further uses.
        error: why there are no results, or what they lack.
        digest: of the results.
    """

    model: str
    detector: str
    folder: str
    n: int | None = None
    n_reference: int | None = None
    uses: tuple[UseVerdict, ...] = ()
    error: str | None = None
    digest: str | None = None


class SuiteSummary(Record):
    """All runs of a suite, in its order.

    Attributes:
        schema_version: of this document.
        calobench: version that made it.
        rows: one per run.
    """

    schema_version: str = Field(default="suite 1.0", pattern=r"^suite 1\.0$")
    calobench: str
    rows: tuple[SuiteRow, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, each once."""
        return tuple(dict.fromkeys(row.model for row in self.rows))

    @property
    def detectors(self) -> tuple[str, ...]:
        """Names of the detectors, each once."""
        return tuple(dict.fromkeys(row.detector for row in self.rows))

    def row(self, model: str, detector: str) -> SuiteRow | None:
        """The run of a model on a detector."""
        return next(
            (row for row in self.rows if (row.model, row.detector) == (model, detector)), None
        )

    def at_least(self, level: Level) -> tuple[SuiteRow, ...]:
        """Runs whose verdict is as bad as a level, or worse."""
        return tuple(row for row in self.rows if row.level and row.level.severity >= level.severity)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Of all verdicts, those for further uses among them."""
        main = [row.level for row in self.rows if row.level]
        return (*main, *(one.level for row in self.rows for one in row.uses))

    @property
    def missing(self) -> tuple[SuiteRow, ...]:
        """Runs without results, or with an error."""
        return tuple(row for row in self.rows if row.n is None or row.error)


def summarise(
    entries: Sequence[Entry], errors: Mapping[str, str], version: str, uses: Sequence[str] = ()
) -> SuiteSummary:
    """The summary of what lies on disk.

    Args:
        entries: of the suite.
        errors: by key of the run, what was not done now.
        version: of calobench.
        uses: further uses that the results are judged for.
    """
    judged = [load_use(one) for one in uses]
    return SuiteSummary(
        calobench=version,
        rows=tuple(
            _row(entry, finished(entry), errors.get(entry.key) or None, judged) for entry in entries
        ),
    )


def _row(entry: Entry, results: Results | None, error: str | None, uses: Sequence[Use]) -> SuiteRow:
    row = SuiteRow(
        model=entry.name,
        detector=entry.detector_name,
        folder=entry.folder.name,
        error=error if results is not None or error else "not run yet",
    )
    if results is None:
        return row
    return row.model_copy(
        update={
            "n": results.run.n,
            "n_reference": results.reference.n,
            "uses": tuple(_judged(results, use) for use in uses),
            "digest": results.digest,
            **judgement(results, None if entry.use is None else load_use(entry.use)),
        }
    )


def _judged(results: Results, use: Use) -> UseVerdict:
    verdict = verdict_of(results, use)
    return UseVerdict(use=use.name, level=verdict.level, verdict=verdict.sentence)
