"""Which results may stand side by side, and under which names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from calobench._util.places import resolved
from calobench._util.visible import visible
from calobench.errors import ComparisonError
from calobench.report.palette import Look, looks
from calobench.report.text import grouped
from calobench.results.same_sample import same_reference
from calobench.results.schema import Results
from calobench.results.seal import Sealed, digest_of
from calobench.results.store import read_results

__all__ = ["MAX_RUNS", "ComparedRun", "Runs", "Source", "compared", "distinct_names", "read_runs"]

MAX_RUNS = 16
"""More curves in one figure cannot be told apart."""

Document = TypeVar("Document", bound=Sealed)


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


class ComparedRun(NamedTuple):
    """One of the runs.

    Attributes:
        name: the model's, with more where two runs have the same one.
        results: all of it.
        look: colour, marker and dashes.
    """

    name: str
    results: Results
    look: Look


class Runs(NamedTuple):
    """Runs that may be compared.

    Attributes:
        runs: in the order in which they were given.
        notes: what a reader has to know of them.
        one_reference: all were compared with the same showers.
    """

    runs: tuple[ComparedRun, ...]
    notes: tuple[str, ...]
    one_reference: bool

    @property
    def detector(self) -> str:
        """Name of the detector that all are of."""
        return self.runs[0].results.detector.name


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
    seen: dict[Path, Path] = {}
    for file in files:
        if resolved(file) in seen:
            raise ComparisonError(f"{file} was given twice; give each run once")
        seen[resolved(file)] = file
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
    if not sources:
        raise ComparisonError("no results to compare; give the results.json of one run or more")
    if len(sources) > MAX_RUNS:
        raise ComparisonError(
            f"{len(sources)} results are more than can be told apart in a figure; give {MAX_RUNS} at most"
        )
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
    apart = next((one for one in others if not _one_reference(first, one)), None)
    if apart is not None and not any_reference:
        raise ComparisonError(
            f"other references: {first.place} was compared with {_reference(first)}, {apart.place} with "
            f"{_reference(apart)}; make both runs against one reference, or allow it with --any-reference"
        )
    names = distinct_names(
        [(visible(one.name or one.results.model.name), visible(one.label)) for one in sources]
    )
    look = looks(names)
    runs = tuple(
        ComparedRun(name, source.results, look[name])
        for name, source in zip(names, sources, strict=True)
    )
    return Runs(runs, _notes(runs, one_reference=apart is None), apart is None)


def distinct_names(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names that differ: with the label where a name is repeated, and a number where that is not enough.

    Args:
        named: name and label of each.
    """
    repeated = Counter(name for name, _ in named)
    full = [f"{name} ({label})" if repeated[name] > 1 else name for name, label in named]
    counts, seen = Counter(full), Counter[str]()
    made = []
    for name in full:
        seen[name] += 1
        made.append(f"{name} {seen[name]}" if counts[name] > 1 else name)
    return made


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
    for what, value in _SETTINGS:
        values = {run.name: value(run.results) for run in runs}
        if len(set(values.values())) > 1:
            given = ", ".join(f"{name} {one}" for name, one in values.items())
            notes.append(f"The runs have other {what}: {given}.")
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
