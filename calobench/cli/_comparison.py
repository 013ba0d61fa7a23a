"""What several result files are, and the page that puts them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from calobench.benchmarks.calochallenge.record import is_calochallenge_version
from calobench.benchmarks.paired.record import PairedComparison, is_paired, read_paired
from calobench.errors import ComparisonError
from calobench.results.reading import read_raw

__all__ = ["Comparison", "Given", "comparison_of", "sorted_by_kind"]


class Given(NamedTuple):
    """Files by what they are.

    Attributes:
        runs: results of the main protocol.
        challenge: results of the CaloChallenge's.
        paired: comparisons of two models on the same conditions.
    """

    runs: list[Path]
    challenge: list[Path]
    paired: list[Path]


class Comparison(NamedTuple):
    """A comparison that can be drawn.

    Attributes:
        notes: what a reader has to know of the runs.
        lines: the verdicts in words, for the terminal.
        render: draws the page.
    """

    notes: Sequence[str]
    lines: Sequence[str]
    render: Callable[[], str]


def sorted_by_kind(paths: Sequence[Path]) -> Given:
    """Look into each file; one that cannot be read is taken for a run, whose reader says why.

    Args:
        paths: files, or folders of runs.
    """
    given = Given([], [], [])
    for path in paths:
        file = path / "results.json" if path.is_dir() else path
        content = read_raw(file, "give the results.json of 'calobench run'").content
        if is_paired(content):
            given.paired.append(file)
        elif is_calochallenge_version(content.get("schema_version")):
            given.challenge.append(file)
        else:
            given.runs.append(file)
    return given


def comparison_of(paths: Sequence[Path], *, any_reference: bool) -> Comparison:
    """Read all files and check that they can stand side by side.

    Args:
        paths: at least two results of one protocol; comparisons of two models may be among them.
        any_reference: also of other reference samples.

    Raises:
        ResultsError: a file cannot be read.
        ComparisonError: files of two protocols, fewer than two results, or others that may not be compared.
    """
    given = sorted_by_kind(paths)
    if given.runs and given.challenge:
        raise ComparisonError(
            f"{given.runs[0]} is of the main protocol, {given.challenge[0]} of the CaloChallenge's; compare "
            "results of one protocol"
        )
    if len(given.runs) < 2:
        raise ComparisonError(
            "one result cannot be compared with itself; give the results.json of two runs or more"
        )
    return _of_runs(given, any_reference=any_reference)


def _of_runs(given: Given, *, any_reference: bool) -> Comparison:
    from calobench.report.comparison.runs import read_runs
    from calobench.verdict import verdict_of

    runs = read_runs(given.runs, any_reference=any_reference)
    paired = [read_paired(path) for path in given.paired]
    for path, one in zip(given.paired, paired, strict=True):
        _require_same(path, one, runs.detector)
    lines = [f"{run.name}: {verdict_of(run.results).sentence}" for run in runs.runs]

    def render() -> str:
        # matplotlib takes a second to load: only when there is something to draw.
        from calobench.benchmarks.paired.table import paired_table
        from calobench.report.comparison.page import render_comparison

        return render_comparison(runs, [paired_table(one) for one in paired])

    return Comparison(runs.notes, lines, render)


def _require_same(path: Path, paired: PairedComparison, detector: str) -> None:
    if paired.detector != detector:
        raise ComparisonError(
            f"other detectors: {path} is of {paired.detector}, the runs of {detector}; leave it out"
        )
