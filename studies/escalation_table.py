"""The page on the calibration of escalations."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Escalations", "Row", "to_markdown"]


@dataclass(frozen=True)
class Row:
    """Sequences of one kind.

    Attributes:
        name: of the defect; '' for none.
        sequences: how many.
        ever: in which the evidence ever reached 1 / alpha, red or not.
        interval: of that fraction, 95 %.
        red: by the gate with the first showers.
        confirmed: of those that were red.
        cleared: of those.
        open: of those.
        mean_showers: of the candidate, over those.
        mean_e_value: evidence at the end, cut at 1 / alpha.
    """

    name: str
    sequences: int
    ever: int
    interval: tuple[float, float]
    red: int
    confirmed: int
    cleared: int
    open: int
    mean_showers: float
    mean_e_value: float


@dataclass(frozen=True)
class Escalations:
    """All that was simulated."""

    detector: str
    command: str
    seed: int
    pool: int
    reference: int
    n: int
    sizes: list[int]
    alpha: float
    rows: list[Row]


def to_markdown(record: Escalations) -> str:
    """The page."""
    sizes, null = record.sizes, record.rows[0]
    low, high = (100 * x for x in null.interval)
    lines = [
        "# Calibration of `gate --escalate`",
        "",
        f"`{record.command}`",
        "",
        f"{record.pool} Geant4 showers of {record.detector}, a reference of {record.reference}. In each of "
        f"{null.sequences} sequences a baseline of {record.n} showers stays as it is, and a candidate grows "
        f"from {sizes[0]} to {sizes[-1]} showers, looked at {len(sizes)} times; none of its showers is in "
        "the baseline. Sequences draw from the same showers and overlap; the interval treats them as "
        "independent.",
        "",
        "## False alarms",
        "",
        f"Geant4 against Geant4: the evidence reached {1 / record.alpha:.0f} at any look in {null.ever} of "
        f"{null.sequences} sequences ({100 * null.ever / null.sequences:.1f} %, 95 % interval {low:.2f} % to "
        f"{high:.2f} %; at most {100 * record.alpha:.0f} % is promised), whether the gate was red or not. "
        f"The gate was red in {null.red} and stayed so in {null.confirmed}. Mean evidence at the end, cut at "
        f"{1 / record.alpha:.0f}: {null.mean_e_value:.2f} (at most 1 is promised).",
        "",
        "## Defects",
        "",
        "red: by the gate, with the first showers; of those the others.",
        "",
        "| defect | sequences | red | confirmed | no verdict | cleared | mean showers |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.name or 'none'} | {row.sequences} | {row.red} | {row.confirmed} | {row.open} "
        f"| {row.cleared} | {f'{row.mean_showers:.0f}' if row.red else ''} |"
        for row in record.rows
    ]
    return "\n".join(lines) + "\n"
