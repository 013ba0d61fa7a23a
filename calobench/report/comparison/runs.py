"""Results that may stand side by side, and their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from calobench._util.places import resolved
from calobench._util.visible import visible
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
from calobench.results.same_sample import same_reference
from calobench.results.schema import Results
from calobench.results.seal import digest_of
from calobench.results.store import read_results

__all__ = ["ComparedRun", "Runs", "Source", "compared", "read_runs"]

ComparedRun: TypeAlias = NamedRun[Results]
"""A run of the main protocol among others; its name is the model's, with more where two have the same."""

Runs: TypeAlias = RunSet[Results]
"""Runs of one detector, whose name is the title."""


class Source(NamedTuple):
    """Results and where they are from.

    Attributes:
        results: of one run.
        place: the file, or what else names them in an error.
        label: tells runs of one model apart: the folder's name.
        name: in place of the model's; '' for that.
    """

    results: Results
    place: str
    label: str
    name: str = ""


def read_runs(paths: Sequence[Path], *, any_reference: bool = False) -> Runs:
    """Read several ``results.json`` and check that they may be compared.

    Args:
        paths: the files, or the folders of the runs.
        any_reference: also of other reference samples.

    Raises:
        ResultsError: a file is missing, damaged, or of another version.
        ComparisonError: see :func:`compared`.
    """
    files = [path / "results.json" if path.is_dir() else path for path in paths]
    require_each_once(files)
    sources = [Source(read_results(file), str(file), resolved(file).parent.name) for file in files]
    return compared(sources, any_reference=any_reference)


def compared(sources: Sequence[Source], *, any_reference: bool = False) -> Runs:
    """Check that results may be compared, and name them.

    Args:
        sources: one or more.
        any_reference: also where runs have other reference samples: each is then held against its own.

    Raises:
        ComparisonError: none are given, or too many; two are the same; they are of other detectors or
            geometries; or of other references, and that was not allowed.
    """
    require_few(len(sources))
    first, *others = sources
    digests: dict[str, str] = {}
    for source in sources:
        digest = digest_of(source.results)
        if digest in digests:
            raise ComparisonError(
                f"{digests[digest]} and {source.place} are the same results; give each run once"
            )
        digests[digest] = source.place
    for other in others:
        _require_one_detector(first, other)
    one_reference = share_reference(
        [ReferenceOf(one.place, _one_reference(first, one), _reference(one)) for one in sources],
        any_reference=any_reference,
    )
    runs = named_runs(
        [(visible(one.name or one.results.model.name), visible(one.label)) for one in sources],
        [one.results for one in sources],
    )
    title = first.results.detector.name
    return RunSet(title, runs, _notes(runs, one_reference=one_reference), one_reference)


def _require_one_detector(first: Source, other: Source) -> None:
    a, b = first.results.detector, other.results.detector
    if a.name != b.name:
        raise ComparisonError(
            f"other detectors: {first.place} is of {a.name}, {other.place} of {b.name}; compare runs of "
            "one detector"
        )
    if a.geometry_hash != b.geometry_hash:
        raise ComparisonError(
            f"other geometries of {a.name}: {a.geometry_hash[:12]} in {first.place}, "
            f"{b.geometry_hash[:12]} in {other.place}; make both runs with one geometry"
        )


def _one_reference(first: Source, other: Source) -> bool:
    return same_reference(first.results.reference, other.results.reference)


def _reference(source: Source) -> str:
    reference = source.results.reference
    digest = reference.content_sha256 or reference.sha256
    return f"'{reference.source}' ({grouped(reference.n)} showers, {digest[:12]})"


def _notes(runs: Sequence[ComparedRun], *, one_reference: bool) -> tuple[str, ...]:
    notes = []
    if not one_reference:
        notes.append(
            "The runs have other references: each model is held against its own, Geant4 in the figures is "
            f"that of {runs[0].name}, and the ratios are each to its own."
        )
    notes += different_settings(runs, _SETTINGS)
    return tuple(notes)


_SETTINGS: tuple[tuple[str, Callable[[Results], str]], ...] = (
    ("numbers of showers, and so other nulls", lambda results: grouped(results.run.n)),
    ("seeds", lambda results: str(results.run.seed)),
    ("false-alarm rates", lambda results: f"{results.run.alpha:g}"),
    (
        "versions of calobench",
        lambda results: results.provenance.versions.get("calobench", "not stated"),
    ),
)
