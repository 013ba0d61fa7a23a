"""Reading a file of times."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from calobench.errors import ResultsError
from calobench.results.timing import TimingResults
from calobench.validation import describe_validation_error

__all__ = ["read_timing"]


def read_timing(path: Path) -> TimingResults:
    """Read and check a file of times.

    Raises:
        ResultsError: missing, or not following the schema.
    """
    try:
        return TimingResults.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"cannot read {path}: give the timing.json of a timing") from error
    except ValidationError as error:
        raise ResultsError(f"{path}: {describe_validation_error(error)}") from error
