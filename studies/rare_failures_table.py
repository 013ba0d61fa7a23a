"""The page on rare failures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RareFailures", "Row", "to_markdown"]


@dataclass(frozen=True)
class Row:
    """Trials of one defect in one detector."""

    detector: str
    reference: int
    defect: str
    trials: int
    found: int
    interval: tuple[float, float]
    mean_before: float
    mean_after: float


@dataclass(frozen=True)
class RareFailures:
    """All trials."""

    command: str
    n: int
    seed: int
    pools: dict[str, int]
    rows: list[Row]


def to_markdown(record: RareFailures) -> str:
    """The page."""
    pools = ", ".join(f"{name} {size}" for name, size in record.pools.items())
    lines = [
        "# Rare failures",
        "",
        f"`{record.command}`",
        "",
        f"Geant4 showers of five detectors ({pools}). A trial "
        f"draws a baseline and a candidate of {record.n} showers that share none; each shower of the "
        "candidate, and of the baseline where that is said, has the defect with the given probability. The "
        "counts of failures (`sample.response_outliers`, `sample.empty`) are judged as the gate does, at "
        "their parts of alpha; what other metrics would find is left out. Trials overlap; intervals treat "
        "them as independent.",
        "",
        "Without a defect, and where both have the same, what is found is a false alarm. Where the defect is "
        "in the baseline too the promise is at most 1 % for this metric; without any, 0.1 %.",
        "",
        "| detector | reference | defect | trials | found | 95 % interval | failed before | after |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.detector} | {row.reference} | {row.defect} | {row.trials} | {row.found / row.trials:.1%} "
        f"| {row.interval[0]:.1%} – {row.interval[1]:.1%} | {row.mean_before:.2f} | {row.mean_after:.2f} |"
        for row in record.rows
    ]
    return "\n".join(lines) + "\n"
