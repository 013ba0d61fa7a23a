"""Checks of a submission that need no showers: seals, verdict, detector, reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import ValidationError

from calobench._util.validation import describe_validation_error
from calobench.detectors import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.errors import CalobenchError, SubmissionError
from calobench.harness.reference import Reference, read_reference
from calobench.results.reading import RawDocument, read_raw
from calobench.results.schema import SCHEMA_VERSION, Results
from calobench.results.seal import Sealed, is_intact
from calobench.showers import Content
from calobench.submission.record import (
    SUBMISSION_KIND,
    SUBMISSION_VERSION,
    Showers,
    Submission,
    Submitter,
)
from calobench.verdict import verdict_of

__all__ = ["Check", "Outcome", "Submitted", "check_document", "exit_code", "read_submitted"]

Document = TypeVar("Document", bound=Sealed)
Outcome = Literal["holds", "fails", "not checked"]

_ADVICE = "give the file of 'calobench submit', or the results.json of a run"


class Check(NamedTuple):
    """One check.

    Attributes:
        name: what was checked.
        outcome: whether it holds.
        words: what was seen, or why it was not checked.
        needed: without it nothing is verified.
    """

    name: str
    outcome: Outcome
    words: str
    needed: bool = True


class Submitted(NamedTuple):
    """A document to check: results, alone or submitted.

    Attributes:
        path: of the file.
        results: of the run.
        submitter: None of results alone.
        showers: that are attached.
        seals: checks of the digests.
    """

    path: Path
    results: Results
    submitter: Submitter | None
    showers: Showers | None
    seals: tuple[Check, ...]


def exit_code(checks: list[Check]) -> Literal[0, 1, 3]:
    """0: everything holds; 1: something does not; 3: something that is needed could not be checked."""
    if any(one.outcome == "fails" for one in checks):
        return 1
    return 3 if any(one.outcome == "not checked" and one.needed for one in checks) else 0


def read_submitted(path: Path) -> Submitted:
    """Read a submission, or results; edits are detected, and told as a check.

    Raises:
        SubmissionError: the file is neither, is damaged, or is of another version.
    """
    document = read_raw(path, _ADVICE, SubmissionError)
    content = document.content
    if content.get("kind") == SUBMISSION_KIND:
        version = content.get("submission_version")
        if version != SUBMISSION_VERSION:
            raise document.refused(
                f"has submission version {version!r}, this calobench reads '{SUBMISSION_VERSION}'"
            )
        submission = _parsed(document, Submission)
        return Submitted(
            path,
            submission.results,
            submission.submitter,
            submission.showers,
            (
                _seal("seal of the submission", intact=is_intact(content)),
                _seal("seal of the results", intact=is_intact(content["results"])),
            ),
        )
    if "schema_version" not in content:
        raise document.refused("is neither a submission nor results of a run")
    if content["schema_version"] != SCHEMA_VERSION:
        raise document.refused(
            f"has schema version {content['schema_version']!r}, this calobench reads '{SCHEMA_VERSION}'"
        )
    seal = _seal("seal of the results", intact=is_intact(content))
    return Submitted(path, _parsed(document, Results), None, None, (seal,))


def check_document(
    submitted: Submitted, reference: Path | None
) -> tuple[list[Check], DetectorSpec | None, Reference | None]:
    """Check all but the showers.

    Args:
        submitted: what to check.
        reference: showers of Geant4; None for the sample that ships with calobench.

    Returns:
        The checks, and detector and reference for scoring the showers anew; None where they are unknown.
    """
    results = submitted.results
    checks = [*submitted.seals, *_verdict(results)]
    try:
        detector = load_detector(results.detector.name)
    except CalobenchError:
        words = f"{results.detector.name} is not known here"
        checks.append(Check("detector", "not checked", words))
        return checks, None, None
    same = detector.geometry_hash == results.detector.geometry_hash
    checks.append(
        Check("detector", "holds", f"geometry of {detector.name}")
        if same
        else Check("detector", "fails", f"another geometry than that of {detector.name} here")
    )
    check, truth = _reference(results, detector, reference)
    return [*checks, check], detector, truth


def _parsed(document: RawDocument, kind: type[Document]) -> Document:
    try:
        return kind.model_validate_json(document.text)
    except ValidationError as error:
        raise document.refused(f"is damaged ({describe_validation_error(error)})") from error


def _seal(name: str, *, intact: bool) -> Check:
    if intact:
        return Check(name, "holds", "nothing was edited")
    return Check(name, "fails", "edited: it does not have its digest")


def _verdict(results: Results) -> Iterator[Check]:
    """Whether the verdict follows from the numbers; a seal put on anew does not help here."""
    if results.verdict is None:
        yield Check("verdict", "not checked", "the results hold none", needed=False)
        return
    given, own = results.verdict, verdict_of(results, results.verdict.use)
    if given.level is own.level:
        yield Check("verdict", "holds", own.sentence)
    else:
        words = f"'{given.level.value}' is stated, '{own.level.value}' follows from the numbers"
        yield Check("verdict", "fails", words)


def _reference(
    results: Results, detector: DetectorSpec, given: Path | None
) -> tuple[Check, Reference | None]:
    stated = results.reference
    name = "reference"
    if given is None and stated.source != "bundled":
        words = f"'{stated.source}' is no sample of calobench; give it with --reference"
        return Check(name, "not checked", words), None
    reference = read_reference(given, detector)
    known = reference.record
    if known.sha256 == stated.sha256 or _content(reference) == stated.content_sha256:
        return Check(name, "holds", f"the {known.n} showers of '{known.source}'"), reference
    words = (
        f"other showers than those of '{known.source}' here: {stated.n} of {stated.sha256[:12]}, here "
        f"{known.n} of {known.sha256[:12]}"
    )
    return Check(name, "fails", words), None


def _content(reference: Reference) -> str:
    return Content.joined([Content.of(chunk) for chunk in reference.chunks()]).sha256
