"""Reading a sealed document: from a file to a record that nobody has edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from calobench._util.files import UnreadableError, read_text
from calobench._util.json_text import parse_json
from calobench._util.validation import describe_validation_error
from calobench.errors import CalobenchError, ResultsError
from calobench.results.seal import Sealed, is_intact

__all__ = ["RawDocument", "read_raw"]

# A run with all benchmarks writes 4 MB.
_MAX_BYTES = 500_000_000

Document = TypeVar("Document", bound=Sealed)


class RawDocument(NamedTuple):
    """A JSON object that may be one of calobench's.

    Attributes:
        path: where it is from.
        text: all of it.
        content: the same, parsed.
        error: raised for what is wrong with it.
        advice: what to do then.
    """

    path: Path
    text: str
    content: dict[str, Any]
    error: type[CalobenchError]
    advice: str

    def refused(self, reason: str) -> CalobenchError:
        """The error that says what the file is."""
        return self.error(f"{self.path} {reason}; {self.advice}")

    def parse(self, kind: type[Document]) -> Document:
        """The record.

        Raises:
            CalobenchError: it does not follow the schema, or was edited.
        """
        try:
            record = kind.model_validate_json(self.text)
        except ValidationError as error:
            raise self.refused(f"is damaged ({describe_validation_error(error)})") from error
        if not is_intact(self.content):
            raise self.refused("was edited: it does not have its digest")
        return record


def read_raw(path: Path, advice: str, error: type[CalobenchError] = ResultsError) -> RawDocument:
    """Read a JSON object.

    Args:
        path: the file.
        advice: what to do if it is not what it should be.
        error: what to raise then.

    Raises:
        CalobenchError: missing, not JSON, or no object.
    """
    try:
        text = read_text(path, _MAX_BYTES)
    except UnreadableError as reason:
        raise error(f"cannot read {path}: {reason}; {advice}") from reason
    try:
        content = parse_json(text)
    except ValueError as reason:
        raise error(f"{path} is not JSON ({reason}); {advice}") from reason
    if not isinstance(content, dict):
        raise error(f"{path} is not a JSON object; {advice}")
    return RawDocument(path, text, content, error, advice)
