"""Where the result of one benchmark goes: a file of its own, and into the results of a run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from calobench._util.atomic import write_text
from calobench.errors import OutputError, ResultsError
from calobench.results.record import Record
from calobench.results.schema import Results
from calobench.results.store import read_results, write_results

__all__ = ["Addition"]


class Addition:
    """Checks early, before minutes are spent on measuring; writes late.

    Args:
        benchmark: its name, e.g. ``timing``; also the name of the file.
        out: a file ``*.json``, or a folder that gets ``<benchmark>.json``; None for no such file.
        into: ``results.json`` of a run that gets it, its report beside it made anew; or None.
        detector: that is benchmarked.
        model: that is benchmarked; None where the benchmark has several.
        weights_hash: of its weights; None for not known.
        geometry_hash: of the detector; None for not known.
        force: replace what is there.

    Attributes:
        path: the file; None for none.
        results: the run that gets it; None for none.

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
        force: bool,
    ) -> None:
        self.path: Path | None = None
        self.results: Results | None = None
        self._benchmark, self._into = benchmark, into
        if out is not None:
            self.path = out if out.suffix == ".json" else out / f"{benchmark}.json"
            if self.path.is_dir():
                raise OutputError(f"{self.path} is a folder; name a file or its folder with --out")
            if self.path.exists() and not force:
                raise OutputError(
                    f"{self.path} exists; replace it with --force or choose another with --out"
                )
            _require_writable(self.path)
        if into is not None:
            self.results = self._require_results(into, detector, model, force=force)
            self._require_same(into, self.results, weights_hash, geometry_hash)
            _require_writable(into)

    def write(self, record: Record) -> list[Path]:
        """Write all files, each atomically; returns their paths."""
        written = []
        if self.path is not None:
            write_text(self.path, record.model_dump_json(indent=1) + "\n")
            written.append(self.path)
        if self.results is not None and self._into is not None:
            # The report needs matplotlib: not before it is wanted.
            from calobench.report.html import render

            results = self.results.with_benchmarks({self._benchmark: record})
            page = render(results)
            report = self._into.with_name("report.html")
            write_results(self._into, results)
            write_text(report, page)
            written += [self._into, report]
        return written

    def _require_results(
        self, path: Path, detector: str, model: str | None, *, force: bool
    ) -> Results:
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
        if self._benchmark in results.benchmarks and not force:
            raise OutputError(f"{path} has {self._benchmark} already; replace it with --force")
        return results

    def _require_same(
        self, path: Path, results: Results, weights_hash: str | None, geometry_hash: str | None
    ) -> None:
        """What has one name may still be two things."""
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


def _require_writable(path: Path) -> None:
    folder = next(place for place in path.absolute().parents if place.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write in {folder}: {error.strerror}; choose another place with --out"
        ) from error
