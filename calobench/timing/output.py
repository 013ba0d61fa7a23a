"""Where times go: a file of their own, and the results of a run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import ValidationError

from calobench.atomic import write_text
from calobench.errors import OutputError, ResultsError
from calobench.results import SCHEMA_VERSION, Results, read_results, write_results
from calobench.results.timing import TimingResults
from calobench.validation import describe_validation_error

__all__ = ["Destination", "read_timing"]


class Destination:
    """Checks early, before minutes are spent on measuring; writes late.

    Args:
        out: a file ``*.json``, or a folder that gets ``timing.json``; None for no such file.
        into: ``results.json`` of a run that gets the times, its report beside it made anew; or None.
        detector: that is timed.
        force: replace what is there.

    Attributes:
        path: the file of the times; None for none.
        results: the run that gets them; None for none.

    Raises:
        OutputError: something is there already, or cannot be written.
        ResultsError: ``into`` is no results file, or is of another detector.
    """

    def __init__(self, out: Path | None, into: Path | None, detector: str, *, force: bool) -> None:
        self.path: Path | None = None
        self.results: Results | None = None
        self._into = into
        if out is not None:
            self.path = out if out.suffix == ".json" else out / "timing.json"
            if self.path.is_dir():
                raise OutputError(f"{self.path} is a folder; name a file or its folder with --out")
            if self.path.exists() and not force:
                raise OutputError(
                    f"{self.path} exists; replace it with --force or choose another with --out"
                )
            _require_writable(self.path)
        if into is not None:
            self.results = _require_results(into, detector, force=force)
            _require_writable(into)

    def write(self, timing: TimingResults) -> list[Path]:
        """Write all files, each atomically; returns their paths."""
        written = []
        if self.path is not None:
            write_text(self.path, timing.model_dump_json(indent=1) + "\n")
            written.append(self.path)
        if self.results is not None and self._into is not None:
            # The report needs matplotlib: not before it is wanted.
            from calobench.report.html import render

            changed = {"timing": timing, "schema_version": SCHEMA_VERSION}
            results = self.results.model_copy(update=changed)
            page = render(results)
            report = self._into.with_name("report.html")
            write_results(self._into, results)
            write_text(report, page)
            written += [self._into, report]
        return written


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


def _require_results(path: Path, detector: str, *, force: bool) -> Results:
    results = read_results(path)
    if results.detector.name != detector:
        raise ResultsError(
            f"{path} holds results on {results.detector.name}, not on {detector}; "
            "give results on the detector that is timed"
        )
    if results.timing is not None and not force:
        raise OutputError(f"{path} holds times already; replace them with --force")
    return results


def _require_writable(path: Path) -> None:
    folder = next(place for place in path.absolute().parents if place.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write in {folder}: {error.strerror}; choose another place with --out"
        ) from error
