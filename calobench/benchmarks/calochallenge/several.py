"""Several results of the CaloChallenge's protocol: which may stand side by side, and under which names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import TypeAlias

from calobench._util.places import resolved
from calobench._util.visible import visible
from calobench.benchmarks.calochallenge.position import AREAS, positions
from calobench.benchmarks.calochallenge.published import published_table
from calobench.benchmarks.calochallenge.record import (
    CaloChallengeResults,
    read_calochallenge_results,
)
from calobench.errors import ComparisonError
from calobench.report.comparison.run_set import (
    NamedRun,
    ReferenceOf,
    RunSet,
    different_settings,
    named_runs,
    require_each_once,
    require_few,
    share_reference,
)
from calobench.report.text import grouped
from calobench.verdict.marks import marked

__all__ = ["ChallengeRun", "ChallengeRuns", "in_words", "read_challenge_runs"]


_QUOTED = ("FPD", "KPD", *AREAS)


ChallengeRun: TypeAlias = NamedRun[CaloChallengeResults]
"""A run of the protocol; its name is that of the files that were judged, without their endings."""

ChallengeRuns: TypeAlias = RunSet[CaloChallengeResults]
"""Runs on one data set, whose title it has, with one binning and threshold."""


def read_challenge_runs(paths: Sequence[Path], *, any_reference: bool = False) -> ChallengeRuns:
    """Read results and check that they may be compared.

    Args:
        paths: of the documents.
        any_reference: also of other reference files.

    Raises:
        ResultsError: a file cannot be read.
        ComparisonError: too many, one twice, or of another data set, binning, threshold or reference.
    """
    require_few(len(paths))
    require_each_once(paths)
    documents = [read_calochallenge_results(path) for path in paths]
    first, *others = documents
    for path, other in zip(paths[1:], others, strict=True):
        _require_same(paths[0], first, path, other)
    one_reference = share_reference(
        [
            ReferenceOf(str(path), _reference(one) == _reference(first), _files(one))
            for path, one in zip(paths, documents, strict=True)
        ],
        any_reference=any_reference,
    )
    named = [
        (_name(one), visible(resolved(path).parent.name))
        for path, one in zip(paths, documents, strict=True)
    ]
    runs = named_runs(named, documents)
    return RunSet(first.title, runs, _notes(runs, one_reference=one_reference), one_reference)


def in_words(runs: ChallengeRuns) -> Iterator[tuple[str, str]]:
    """Of each run its name, and where it stands among the published submissions."""
    published = published_table(runs.runs[0].results.dataset)
    for run in runs.runs:
        by_metric = {one.metric: one for one in positions(run.results, published)}
        rows = [row for row in run.results.rows if row.as_published is not None]
        differ = sum(
            row.as_published is not None and marked(row.as_published.p_value) for row in rows
        )
        words = f"{differ} of {len(rows)} separation powers differ from Geant4's (p at most 0.05)"
        places = [f"{name} {by_metric[name].words}" for name in _QUOTED if name in by_metric]
        yield run.name, f"{words}; {', '.join(places)}" if places else words


def _require_same(
    first_path: Path, first: CaloChallengeResults, path: Path, other: CaloChallengeResults
) -> None:
    for what, value in _SETTINGS:
        if value(first) != value(other):
            raise ComparisonError(
                f"other {what}: {value(first)} in {first_path}, {value(other)} in {path}; compare runs "
                "that are alike in this"
            )


def _reference(results: CaloChallengeResults) -> list[str]:
    return sorted(results.reference.files.values())


def _files(results: CaloChallengeResults) -> str:
    named = ", ".join(f"{name} ({sha[:12]})" for name, sha in results.reference.files.items())
    return f"{named}, {grouped(results.reference.n)} showers"


def _name(results: CaloChallengeResults) -> str:
    return visible("+".join(PurePath(name).stem for name in results.generated.files))


def _notes(runs: Sequence[ChallengeRun], *, one_reference: bool) -> tuple[str, ...]:
    notes = []
    if not one_reference:
        notes.append("The runs have other references: each is held against its own.")
    notes += different_settings(runs, _SIZES)
    return tuple(notes)


_SETTINGS: tuple[tuple[str, Callable[[CaloChallengeResults], str]], ...] = (
    ("data sets", lambda one: one.dataset),
    ("binnings", lambda one: one.binning),
    ("thresholds", lambda one: f"{one.threshold_mev:g} MeV"),
)

_SIZES: tuple[tuple[str, Callable[[CaloChallengeResults], str]], ...] = (
    ("numbers of showers, and so other nulls", lambda one: grouped(one.generated.n)),
)
