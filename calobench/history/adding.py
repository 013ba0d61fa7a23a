"""From the folder of a run to a line in a history."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from calobench._util.files import UnreadableError, read_bytes, read_text
from calobench._util.validation import describe_validation_error
from calobench.errors import HistoryError, ResultsError
from calobench.history.of_run import record_of
from calobench.history.record import HistoryRecord
from calobench.history.scores import main_scores
from calobench.history.store import HistoryStore
from calobench.results.gate import GateReport
from calobench.results.page_stamp import is_of_other_results
from calobench.results.schema import Results
from calobench.results.seal import digest_of
from calobench.results.store import read_results

__all__ = ["add_run"]

_MAX_PAGE = 100_000_000
_MAX_GATE = 50_000_000


def add_run(
    store: HistoryStore,
    run: Path,
    *,
    gate: Path | None = None,
    report_url: str | None = None,
    keep_report: bool = True,
    note: str = "",
) -> HistoryRecord:
    """Add a run to a history.

    Args:
        store: of the history.
        run: folder of the run, or its ``results.json``.
        gate: JSON of a gate on it; None: ``gate.json`` beside the results, if there is one.
        report_url: where its page can be read; None: the page beside the results is kept in the store.
        keep_report: whether it is.
        note: of whoever adds it.

    Raises:
        ResultsError: the results cannot be read, or the page beside them is of others.
        HistoryError: the gate is of another run, or no gate; the run is in the history already.
        OutputError: the store cannot be written.
    """
    file = run / "results.json" if run.is_dir() else run
    results = read_results(file)
    page = None
    place = file.parent / "report.html"
    if report_url is None and keep_report and place.exists():
        if is_of_other_results(place, digest_of(results)):
            raise ResultsError(
                f"{place} is the page of other results than {file.name} beside it; draw it anew with "
                f"'calobench report {file}'"
            )
        try:
            page = read_bytes(place, _MAX_PAGE)
        except UnreadableError as error:
            raise ResultsError(
                f"cannot read {place}: {error}; or leave it out with --no-report"
            ) from error
    beside = file.parent / "gate.json"
    if gate is None and beside.exists():
        gate = beside
    kept = None if page is None else f"reports/{digest_of(results)}.html"
    record = record_of(
        results,
        main_scores(results),
        gate=None if gate is None else _gate(gate, results),
        report=report_url or kept,
        note=note,
    )
    store.add(record, page)
    return record


def _gate(path: Path, results: Results) -> GateReport:
    advice = "give the file of 'calobench gate --json' on this run as --gate"
    try:
        report = GateReport.model_validate_json(read_text(path, _MAX_GATE))
    except UnreadableError as error:
        raise HistoryError(f"cannot read {path}: {error}; {advice}") from error
    except ValidationError as error:
        raise HistoryError(
            f"{path} is no gate ({describe_validation_error(error)}); {advice}"
        ) from error
    side = report.candidate
    own = (results.model.name, results.detector.name, results.run.n, results.run.seed)
    if (side.model, side.detector, side.n, side.seed) != own or (
        side.created_utc != results.provenance.created_utc
    ):
        raise HistoryError(f"{path} is of another run than the results; {advice}")
    return report
