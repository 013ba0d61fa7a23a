"""Scoring attached showers anew, and holding the numbers against those that were submitted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from calobench._util.digest import sha256_of_file
from calobench._util.progress import Progress, SilentProgress
from calobench.detectors.spec import DetectorSpec
from calobench.harness.extras import Extras
from calobench.harness.measuring import Settings, measure
from calobench.harness.reference import Reference
from calobench.harness.sources import FileSource
from calobench.harness.stages import Stages
from calobench.results.schema import Results
from calobench.submission.checks import Check, Submitted

__all__ = ["check_showers", "differing"]

# Sums in another order, and angles kept in fewer digits, move a number by less. Of scores that are trained
# or extrapolated, where processors differ more: a tenth of their error.
_RELATIVE, _ABSOLUTE, _ERRORS = 1e-4, 1e-6, 0.1
_NAMED = 3


def check_showers(
    submitted: Submitted,
    file: Path | None,
    detector: DetectorSpec | None,
    reference: Reference | None,
    *,
    required: bool,
    progress: Progress | None = None,
) -> list[Check]:
    """Check the showers that are attached, and the scores against them.

    Args:
        submitted: what to check.
        file: the showers; None: the file that the submission names, if it lies beside it.
        detector: of the results; None: not known here.
        reference: that they were held against; None: not known here, or another one.
        required: whether a submission without showers is not verified.
        progress: told what is done.

    Raises:
        CalobenchError: the file cannot be read, or is of another detector.
    """
    attached, results = submitted.showers, submitted.results
    if file is None and attached is not None and (submitted.path.parent / attached.name).is_file():
        file = submitted.path.parent / attached.name
    if file is None:
        words = (
            "none are attached"
            if attached is None
            else f"{attached.name} is not beside the submission"
        )
        return [
            Check("showers", "not checked", f"{words}; scores are as submitted", needed=required)
        ]
    checks = []
    if attached is not None:
        if sha256_of_file(file) != attached.sha256:
            return [Check("showers", "fails", f"{file} is another file than the submission names")]
        checks.append(Check("showers", "holds", f"{attached.n} showers in {file.name}"))
    if detector is None or reference is None:
        words = "without its detector and reference nothing can be scored"
        return [*checks, Check("scores", "not checked", words)]
    own = _scored(results, file, detector, reference, progress or SilentProgress())
    return [*checks, _compared(results, own)]


def differing(stated: Results, own: Results) -> tuple[int, list[str]]:
    """Number of scores that were compared, and the names of those that differ.

    Args:
        stated: what was submitted.
        own: scored here.
    """
    known = {name: value for name, value, _ in _scores(own)}
    compared = list(_scores(stated))
    return len(compared), [
        name
        for name, value, error in compared
        if name not in known or not _is_close(value, known[name], error)
    ]


def _scored(
    results: Results, file: Path, detector: DetectorSpec, reference: Reference, progress: Progress
) -> Results:
    run = results.run
    settings = Settings(
        run.seed,
        run.bootstrap_replicas,
        use=None if results.verdict is None else results.verdict.use,
    )
    extras = Extras((), results.model.name, detector, run.seed, run.bootstrap_replicas)
    source = FileSource([file], detector)
    return measure(source, reference, detector, settings, extras, Stages(progress))[0]


def _compared(stated: Results, own: Results) -> Check:
    if stated.run.n != own.run.n:
        return Check(
            "scores", "fails", f"{own.run.n} showers are there, {stated.run.n} were scored"
        )
    n, other = differing(stated, own)
    if not other:
        return Check("scores", "holds", f"{n} scores, scored anew")
    return Check("scores", "fails", f"{len(other)} of {n} scores differ: {_named(other)}")


def _scores(results: Results) -> Iterator[tuple[str, float, float]]:
    """Name, value, and how much it may differ beyond rounding."""
    for observable in results.observables:
        for score in observable.scores:
            yield f"{observable.name}, {score.name}", score.value, 0.0
    for one in () if results.multivariate is None else results.multivariate.scores:
        yield one.name, one.value, _ERRORS * one.error


def _is_close(stated: float, own: float, error: float) -> bool:
    return math.isclose(stated, own, rel_tol=_RELATIVE, abs_tol=max(_ABSOLUTE, error))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{'; '.join(names[:_NAMED])}{more}"
