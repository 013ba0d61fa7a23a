"""Destinations of the result of one benchmark: a file of its own, and into the results of a run."""

from __future__ import annotations

from pathlib import Path

from calobench._util.commit import (
    ChangedMeanwhileError,
    Output,
    Unchanged,
    clear_left,
    require_writable,
    write_together,
)
from calobench.errors import OutputError, ResultsError
from calobench.results.record import Record
from calobench.results.schema import Results
from calobench.results.store import read_results, results_text
from calobench.verdict import with_verdict

__all__ = ["Addition"]

# Drawing a page takes a second, in which another call may add to the same results.
_ATTEMPTS = 10


class Addition:
    """Checks early, before minutes are spent on measuring; writes late.

    What other calls add to the same results meanwhile is kept: the record goes into the results as they
    are when it is written. What dead processes left in the folders is cleared.

    Args:
        benchmark: its name, e.g. ``timing``; also the name of the file.
        out: a file ``*.json``, or a folder that gets ``<benchmark>.json``; None for no such file.
        page: there will be a page of its own beside that file.
        into: ``results.json`` of a run that gets it, its report beside it made anew; or None.
        detector: that is benchmarked.
        model: that is benchmarked; None where the benchmark has several.
        weights_hash: of its weights; None for not known.
        geometry_hash: of the detector; None for not known.
        force: replace what is there.
        call: the command; if it was killed here when its results were in place, it is completed.

    Attributes:
        path: the file; None for none.
        page: its own page; None for none.
        results: the run that gets it; None for none.
        completed: the same call had been killed, and now all that it made is in place.

    Raises:
        OutputError: something is there already, or cannot be written.
        ResultsError: ``into`` is no results file, or is of another detector or model.
    """

    def __init__(
        self,
        benchmark: str,
        out: Path | None,
        into: Path | None,
        detector: str,
        *,
        model: str | None = None,
        weights_hash: str | None = None,
        geometry_hash: str | None = None,
        page: bool = False,
        force: bool,
        call: str = "",
    ) -> None:
        self.path: Path | None = None
        self.page: Path | None = None
        self.results: Results | None = None
        self._benchmark, self._into = benchmark, into
        self._detector, self._model, self._hashes = detector, model, (weights_hash, geometry_hash)
        self._force, self._call = force, call
        if out is not None:
            self.path = out if out.suffix == ".json" else out / f"{benchmark}.json"
            self.page = self.path.with_suffix(".html") if page else None
        left = [clear_left(place.parent) for place in (self.path, into) if place is not None]
        self.completed = any(call in calls for calls in left) and not force
        if self.completed:
            return
        for place in (self.path, self.page):
            if place is not None:
                self._require_free(place)
        if into is not None:
            self.results = self._require_results(into)
            require_writable(into)

    def written(self) -> list[Path]:
        """The paths of all files, those of a run last."""
        into = self._into
        run = () if into is None else (into, into.with_name("report.html"))
        return [path for path in (self.path, self.page, *run) if path is not None]

    def write(self, record: Record, page: str = "") -> list[Path]:
        """Write all files, or none; returns their paths.

        Args:
            record: the result.
            page: its own page, if there is to be one.

        Raises:
            OutputError: a place cannot be written, or has been filled by another call meanwhile.
            ResultsError: the run was replaced meanwhile by one that this does not belong to.
        """
        own = []
        if self.page is not None:
            own.append(Output(self.page, page.encode(), self._force))
        if self.path is not None:
            text = record.model_dump_json(indent=1) + "\n"
            own.append(Output(self.path, text.encode(), self._force))
        if self._into is None:
            write_together(own, call=self._call)
            return self.written()
        for attempt in range(_ATTEMPTS):
            unchanged = Unchanged.of(self._into)
            run = self._with(record, self._into)
            try:
                write_together([*own, *run], unchanged=unchanged, call=self._call)
            except ChangedMeanwhileError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                break
        return self.written()

    def _with(self, record: Record, path: Path) -> list[Output]:
        """The run's page and results, with the record."""
        # The report needs matplotlib: imported only when needed.
        from calobench.report.html import render

        results = self._require_results(path).with_benchmarks({self._benchmark: record})
        # The record may be a part of the evidence, or of the use.
        results = with_verdict(results)
        return [
            Output(path.with_name("report.html"), render(results).encode(), replace=True),
            Output(path, results_text(results).encode(), replace=True),
        ]

    def _require_free(self, path: Path) -> None:
        if path.is_dir():
            raise OutputError(f"{path} is a folder; name a file or its folder with --out")
        if path.exists() and not self._force:
            raise OutputError(
                f"{path} exists; replace it with --force or choose another with --out"
            )
        require_writable(path)

    def _require_results(self, path: Path) -> Results:
        detector, model = self._detector, self._model
        results = read_results(path)
        if results.detector.name != detector:
            raise ResultsError(
                f"{path} holds results on {results.detector.name}, not on {detector}; "
                "give results on the same detector"
            )
        if model is not None and results.model.name != model:
            raise ResultsError(
                f"{path} holds results of {results.model.name}, not of {model}; give results of the "
                "same model"
            )
        if self._benchmark in results.benchmarks and not self._force:
            raise OutputError(f"{path} has {self._benchmark} already; replace it with --force")
        self._require_same(path, results)
        return results

    def _require_same(self, path: Path, results: Results) -> None:
        """Refuse results of other weights or another geometry of the same name."""
        weights_hash, geometry_hash = self._hashes
        hashes = (
            ("other weights", results.model.name, results.model.weights_hash, weights_hash),
            (
                "another geometry",
                results.detector.name,
                results.detector.geometry_hash,
                geometry_hash,
            ),
        )
        for what, name, there, here in hashes:
            if there is not None and here is not None and there != here:
                raise ResultsError(
                    f"{path} holds results of {what}, though of the same name {name} ({there[:12]} there, "
                    f"{here[:12]} here); make them again with 'calobench run'"
                )
