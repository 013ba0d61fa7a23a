"""A submission: the results of a run, who submits them, and which showers belong to them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calobench.results.record import Count, Record
from calobench.results.schema import Results
from calobench.results.seal import Sealed

__all__ = ["SUBMISSION_KIND", "SUBMISSION_VERSION", "Showers", "Submission", "Submitter"]

SUBMISSION_KIND: Literal["calobench-submission"] = "calobench-submission"
SUBMISSION_VERSION: Literal["1.0"] = "1.0"


class Submitter(Record):
    """Submitter of results."""

    name: str = Field(min_length=1, max_length=200)
    contact: str = Field(default="", max_length=200)
    link: str = Field(
        default="",
        max_length=500,
        pattern=r"^(https?://[^\s\"'<>]+)?$",
        description="of the model: code or paper",
    )


class Showers(Record):
    """The file of the model's showers, which lies beside the submission or elsewhere."""

    name: str = Field(pattern=r"^[^/\\]+$", description="of the file, without folders")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    n: Count


class Submission(Sealed):
    """All of it, in one file."""

    kind: Literal["calobench-submission"] = SUBMISSION_KIND
    submission_version: Literal["1.0"] = SUBMISSION_VERSION
    submitter: Submitter
    showers: Showers | None = None
    results: Results
