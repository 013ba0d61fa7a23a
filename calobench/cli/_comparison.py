"""Kinds of several result files, and the page that puts them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from calobench.benchmarks.calochallenge.record import is_calochallenge_version
from calobench.benchmarks.calochallenge.several import in_words, read_challenge_runs
from calobench.benchmarks.paired.record import PairedComparison, is_paired, read_paired
from calobench.errors import ComparisonError
from calobench.report.comparison.runs import read_runs
from calobench.results.reading import read_raw
from calobench.verdict import verdict_of

if TYPE_CHECKING:
    from calobench.report.publication.build import PlotRequest

__all__ = ["Comparison", "Given", "Plots", "comparison_of", "plots_of", "sorted_by_kind"]


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


class Plots(NamedTuple):
    """Results that can be drawn.

    Attributes:
        notes: what a reader has to know of them.
        make: draws, and returns the files by their names.
    """

    notes: Sequence[str]
    make: Callable[[PlotRequest], dict[str, bytes]]


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
    _require_one_protocol(given)
    if len(given.runs) + len(given.challenge) < 2:
        raise ComparisonError(
            "one result cannot be compared with itself; give the results.json of two runs or more"
        )
    if given.challenge:
        return _of_challenge(given, any_reference=any_reference)
    return _of_runs(given, any_reference=any_reference)


def plots_of(paths: Sequence[Path], *, any_reference: bool) -> Plots:
    """Read all files and check that they can be drawn together.

    Args:
        paths: results of one protocol, one or more.
        any_reference: also of other reference samples.

    Raises:
        ResultsError: a file cannot be read.
        ComparisonError: files of two protocols, or others that may not be compared.
    """
    given = sorted_by_kind(paths)
    _require_one_protocol(given)
    if given.paired:
        raise ComparisonError(
            f"{given.paired[0]} is a comparison of two models, of which there are no plots; leave it out"
        )
    if given.challenge:
        challenge = read_challenge_runs(given.challenge, any_reference=any_reference)

        def make_challenge(request: PlotRequest) -> dict[str, bytes]:
            from calobench.benchmarks.calochallenge.material import material_of
            from calobench.report.publication.build import build_material

            return build_material(material_of(challenge), request)

        return Plots(challenge.notes, make_challenge)
    runs = read_runs(given.runs, any_reference=any_reference)

    def make(request: PlotRequest) -> dict[str, bytes]:
        from calobench.report.publication.build import build

        return build(runs, request)

    return Plots(runs.notes, make)


def _require_one_protocol(given: Given) -> None:
    if given.runs and given.challenge:
        raise ComparisonError(
            f"{given.runs[0]} is of the main protocol, {given.challenge[0]} of the CaloChallenge's; give "
            "results of one protocol"
        )


def _of_challenge(given: Given, *, any_reference: bool) -> Comparison:
    if given.paired:
        raise ComparisonError(
            f"{given.paired[0]} compares models of the main protocol; leave it out of the CaloChallenge's"
        )
    runs = read_challenge_runs(given.challenge, any_reference=any_reference)

    def render() -> str:
        from calobench.benchmarks.calochallenge.comparison import render_challenge_comparison

        return render_challenge_comparison(runs)

    return Comparison(runs.notes, [f"{name}: {words}" for name, words in in_words(runs)], render)


def _of_runs(given: Given, *, any_reference: bool) -> Comparison:
    runs = read_runs(given.runs, any_reference=any_reference)
    paired = [read_paired(path) for path in given.paired]
    for path, one in zip(given.paired, paired, strict=True):
        _require_same(path, one, runs.title)
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
