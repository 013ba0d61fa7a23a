"""The table of a calibration of the gate, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = [
    "Calibration",
    "Coverage",
    "DefectRow",
    "NullRow",
    "from_json",
    "to_markdown",
    "with_rows",
]

Interval = tuple[float, float]


@dataclass(frozen=True)
class NullRow:
    """Geant4 against Geant4.

    Attributes:
        trials: how many.
        alarms: REGRESSION although nothing changed.
        interval: 95 % interval of their fraction.
        significant: trials with a significant metric, whatever its size.
        at_level: fraction of trials with a smaller adjusted p-value than this.
        alarmed_by: the metrics at fault, with counts.
    """

    trials: int
    alarms: int
    interval: Interval
    significant: int
    at_level: dict[str, float]
    alarmed_by: dict[str, int]


@dataclass(frozen=True)
class Coverage:
    """Coverage of intervals of the truth, which is that nothing changed."""

    kind: str
    metrics: int
    one_sigma: float
    two_sided_95: float


@dataclass(frozen=True)
class DefectRow:
    """One defect.

    Attributes:
        name: what was done.
        expected: patterns of metrics that name it.
        trials: how many.
        found: REGRESSION.
        interval: 95 % interval of their fraction.
        named: an expected metric is in the table of the terminal (its first 12 rows).
        first: it is the first row.
        first_rows: how often which metric was the first row.
        command: of a row that was measured apart from the others; empty: with them.
    """

    name: str
    expected: list[str]
    trials: int
    found: int
    interval: Interval
    named: int
    first: int
    first_rows: dict[str, int]
    command: str = ""


@dataclass(frozen=True)
class Calibration:
    """Everything that was measured, with what is needed to measure it again."""

    detector: str
    command: str
    seed: int
    pool: int
    reference: int
    fixed: bool
    references: int
    n: int
    alpha: float
    overlap: Interval
    null: NullRow
    coverage: list[Coverage]
    defects: list[DefectRow]


def from_json(result: Mapping[str, Any]) -> Calibration:
    """The calibration of a result file."""
    parts = {
        "null": NullRow(**result["null"]),
        "coverage": [Coverage(**one) for one in result["coverage"]],
        "defects": [DefectRow(**one) for one in result["defects"]],
    }
    return Calibration(**{**result, **parts})


def with_rows(calibration: Calibration, more: Calibration) -> Calibration:
    """The calibration with the defects of another one, which say by which command they were measured."""
    rows = [replace(row, command=more.command) for row in more.defects]
    names = {row.name for row in rows}
    kept = [row for row in calibration.defects if row.name not in names]
    return replace(calibration, defects=kept + rows)


def to_markdown(calibration: Calibration) -> str:
    """The page ``docs/gate_calibration.md``."""
    return "\n".join(_lines(calibration)) + "\n"


def _drawn(calibration: Calibration) -> str:
    if calibration.fixed:
        return ", the bundled sample, which is none of them; each trial divides them anew"
    return f"; {calibration.references} references were drawn"


def _lines(calibration: Calibration) -> Iterator[str]:
    null = calibration.null
    within, across = calibration.overlap
    yield "# Calibration of the gate"
    yield ""
    yield f"`{calibration.command}`"
    yield ""
    yield (
        f"{calibration.pool} Geant4 showers of {calibration.detector}. In each of {null.trials} trials, "
        f"baseline and candidate are {calibration.n} showers each, without a common shower, and share none "
        f"with the reference of {calibration.reference}{_drawn(calibration)}. Trials overlap: "
        f"the samples of two trials have {within:.0%} of their showers in common on average"
        f"{'' if calibration.fixed else f' where they use the same reference and {across:.0%} where not'}; "
        "the intervals below treat trials as independent. Default policy: false alarms at "
        f"most {calibration.alpha:.0%}. Defects and the metrics that must name them were fixed before "
        "(`studies/defects.py`, `studies/hidden_defects.py`, `studies/model_defects.py`)."
    )
    yield ""
    yield "## False alarms"
    yield ""
    yield "| Geant4 against Geant4 | trials | share | 95 % interval |"
    yield "|---|--:|--:|--:|"
    low, high = null.interval
    yield (
        f"| REGRESSION | {null.alarms} of {null.trials} | {null.alarms / null.trials:.1%} "
        f"| {low:.2%} – {high:.2%} |"
    )
    fraction = null.significant / null.trials
    yield f"| significant, whatever the size | {null.significant} of {null.trials} | {fraction:.1%} | |"
    yield ""
    levels = ", ".join(f"{float(k):.0%}: {v:.1%}" for k, v in null.at_level.items())
    yield f"Smallest adjusted p-value below a level, as a share of the trials: {levels}."
    yield ""
    yield "## Detection"
    yield ""
    yield (
        "named: the table on the terminal holds a metric that names the defect; first: that is its "
        "first row."
    )
    yield ""
    yield "| defect | trials | found | 95 % interval | named | first | usual first row |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for row in calibration.defects if calibration.defects[0].trials else ():
        low, high = row.interval
        usual = next(iter(row.first_rows), "")
        yield (
            f"| {row.name} | {row.trials} | {row.found / row.trials:.1%} | {low:.1%} – {high:.1%} "
            f"| {row.named / row.trials:.1%} | {row.first / row.trials:.1%} | `{usual}` |"
        )
    for command in dict.fromkeys(row.command for row in calibration.defects if row.command):
        rows = ", ".join(f"*{row.name}*" for row in calibration.defects if row.command == command)
        yield ""
        yield f"Measured apart from the others: {rows}, with `{command}`."
    yield ""
    yield "## Coverage of the errors"
    yield ""
    yield (
        "How often the difference of candidate and baseline lies within its error, and within 1.96 "
        "errors, where nothing changed."
    )
    yield ""
    yield "| kind | metrics | 1 σ (68.3 %) | 1.96 σ (95 %) |"
    yield "|---|--:|--:|--:|"
    for kind in calibration.coverage:
        yield f"| {kind.kind} | {kind.metrics} | {kind.one_sigma:.1%} | {kind.two_sided_95:.1%} |"
