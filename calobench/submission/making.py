"""Making a submission."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from calobench._util.digest import sha256_of_file
from calobench._util.validation import describe_validation_error
from calobench.errors import SubmissionError
from calobench.io.joined import open_showers
from calobench.io.reading import UNDECLARED
from calobench.results.schema import Results
from calobench.results.seal import seal
from calobench.submission.record import Showers, Submission, Submitter

__all__ = ["make_submission", "submitter_of"]


def submitter_of(name: str, contact: str, link: str) -> Submitter:
    """Submitter of results.

    Raises:
        SubmissionError: a name is missing or too long, or the link is no address.
    """
    try:
        return Submitter(name=name.strip(), contact=contact.strip(), link=link.strip())
    except ValidationError as error:
        raise SubmissionError(
            f"who submits: {describe_validation_error(error)}; give --name, and a --link that begins with "
            "https://"
        ) from error


def make_submission(results: Results, submitter: Submitter, showers: Path | None) -> Submission:
    """The submission of a run, sealed.

    Args:
        results: of the run.
        submitter: who submits.
        showers: file of the model's showers, all that were scored; None: none is attached.

    Raises:
        SubmissionError: the file holds another number of showers than were scored.
        ShowerFileError: it cannot be read.
    """
    attached = None
    if showers is not None:
        with open_showers([showers], UNDECLARED) as files:
            n = len(files)
        if n != results.run.n:
            raise SubmissionError(
                f"{showers} holds {n} showers, the results are of {results.run.n}; give the file that was "
                "scored ('calobench generate' writes what 'calobench run' scores)"
            )
        attached = Showers(name=showers.name, sha256=sha256_of_file(showers), n=n)
    return seal(Submission(submitter=submitter, showers=attached, results=seal(results)))
