"""One run in a history: all that a trend, a leaderboard and a feed need of it, on one line."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from calobench._util.validation import describe_validation_error
from calobench.results.gate import Side
from calobench.results.main_score import MainScore
from calobench.results.record import Count, Record
from calobench.results.verdict import Level, Topic

__all__ = [
    "DISTANCE",
    "HISTORY_VERSION",
    "GateMark",
    "HistoryRecord",
    "LightMark",
    "NewerVersionError",
    "is_newer",
]

DISTANCE = "distance"
"""Name of the score that models are ranked by: the mean distance over all observables."""

HISTORY_VERSION: Literal["1.0"] = "1.0"

_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
# What a page may link to: nothing that runs, and nothing outside the store.
_REPORT = r"^(https?://[^\s\"'<>]+|reports/[0-9a-f]{64}\.html)$"


# How a line begins, whatever its version.
_BEGINNING = re.compile(r'\{"digest":"([0-9a-f]{64})","history_version":"([0-9.]+)",')


class NewerVersionError(Exception):
    """Raised when a line is of a newer version, which is its text."""


def is_newer(version: str) -> bool:
    """Whether a version of the history is newer than that of this calobench."""
    return _numbers(version) > _numbers(HISTORY_VERSION)


class LightMark(Record):
    """One topic of the verdict."""

    topic: Topic
    level: Level
    words: str


class GateMark(Record):
    """Statements of a gate about the run, and which run it was held against."""

    verdict: Literal["PASS", "REGRESSION", "NO VERDICT"]
    worse: tuple[str, ...] = Field(default=(), description="names of the metrics that are worse")
    baseline: Side | None = None


class HistoryRecord(Record):
    """One run."""

    digest: str = Field(default="", description="SHA-256 of the line without it: finds edits")
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

    def line(self) -> str:
        """The record as one line of JSON, which begins with its digest and the version."""
        rest = self.model_dump_json(exclude={"digest"})
        return f'{{"digest":"{_sha256(rest)}",{rest[1:]}'

    @classmethod
    def sealed(cls, **fields: Any) -> Self:
        """A record with its digest."""
        record = cls(**fields)
        rest = record.model_dump_json(exclude={"digest"})
        return record.model_copy(update={"digest": _sha256(rest)})

    @classmethod
    def of_line(cls, line: str) -> Self:
        """The record in a line.

        Raises:
            NewerVersionError: it is of a newer version.
            ValueError: it is none, or was edited.
        """
        # By its beginning, which later versions keep: what follows may mean something else there.
        begins = _BEGINNING.match(line)
        if begins is None:
            raise ValueError("no record: it does not begin with its digest and version")
        if is_newer(begins[2]):
            raise NewerVersionError(begins[2])
        try:
            record = cls.model_validate_json(line)
        except ValidationError as error:
            raise ValueError(describe_validation_error(error)) from error
        if _sha256("{" + line[begins.end(1) + 2 :]) != record.digest:
            raise ValueError("edited: it does not have its digest")
        return record


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one or 0) for one in version.split("."))
