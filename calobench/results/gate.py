"""Results of the gate: ``gate.json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from calobench.results.record import Count, Record

__all__ = [
    "Change",
    "Escalation",
    "EscalationLook",
    "Gap",
    "GateReport",
    "Outcome",
    "Part",
    "Side",
    "Status",
    "Verdict",
]

Verdict = Literal["PASS", "REGRESSION", "NO VERDICT"]
Status = Literal["worse", "better", "small", "unchanged", "unconfirmed"]
Outcome = Literal["confirmed", "cleared", "open"]


class Side(Record):
    """Identity of a run."""

    model: str
    detector: str
    n: Count
    seed: int
    created_utc: str
    git_commit: str | None
    weights_hash: str | None


class Change(Record):
    """One metric before and after."""

    name: str
    kind: str
    observable: str = Field(description="what got worse; '' for the sample as a whole")
    label: str
    unit: str
    headline: bool
    before: float = Field(description="distance to Geant4 in the baseline")
    before_error: float
    after: float
    after_error: float
    floor: float = Field(description="a smaller change does not matter")
    p_value: float = Field(
        ge=0,
        le=1,
        description="one-sided where the candidate has as many showers as the baseline or more",
    )
    p_adjusted: float = Field(ge=0, le=1, description="for all metrics (Holm)")
    detectable: float | None = Field(
        default=None, description="a change of this size would be detected with probability 99 %"
    )
    status: Status = Field(
        description="small: significant, but less than the floor, or no farther from Geant4; unconfirmed: "
        "worse at first, which further showers did not confirm"
    )
    by_itself: bool = Field(
        default=False,
        description="the p-value is of the candidate alone: physics forbids what it has",
    )
    in_unit: float | None = Field(default=None, description="the change in the observable's unit")
    relative: float | None = Field(default=None, description="the change over the mean, or width")
    plot: str | None = Field(default=None, description="where the report shows the observable")


class Gap(Record):
    """A metric that could not be compared."""

    name: str
    reason: str


class Part(Record):
    """Quality, or a benchmark: each is judged, or cannot be, for itself."""

    name: str = Field(description="'quality', or the name of a benchmark")
    verdict: Verdict
    required: bool = Field(default=True, description="without its verdict the gate has none")
    reasons: tuple[str, ...] = Field(default=(), description="why there is no verdict")
    compared: Count = 0
    identical: Literal["", "showers", "metrics"] = Field(
        default="",
        description="what is identical by content in both runs: then nothing was tested, and the part "
        "passes; '' where both were compared",
    )
    missing: tuple[str, ...] = Field(
        default=(), description="main metrics that could not be compared; without them no verdict"
    )


class EscalationLook(Record):
    """The evidence at one size of the candidate's sample."""

    n: Count
    e_value: float = Field(
        ge=0, description="that metrics got worse; 1 on average where nothing changed"
    )
    metrics: tuple[str, ...] = Field(description="that look worse, the surest first, at most five")


class Escalation(Record):
    """More showers of a candidate that was red."""

    outcome: Outcome = Field(
        description="confirmed: the evidence reached its threshold; cleared: at the end there was none; "
        "open: neither"
    )
    max_n: Count = Field(description="showers at which it is given up")
    confirmed_from: float = Field(description="1 / alpha")
    cleared_to: float
    looks: tuple[EscalationLook, ...]
    remark: str = Field(default="", description="on the showers that were added")


class GateReport(Record):
    """The verdict with all that led to it."""

    kind: Literal["calobench-gate"] = "calobench-gate"
    gate_version: Literal["1.0"] = "1.0"
    verdict: Verdict
    exit_code: Literal[0, 1, 3]
    parts: tuple[Part, ...]
    remedy: str = Field(default="", description="the command that gets a verdict next time")
    policy: dict[str, JsonValue] = Field(description="as it was applied")
    candidate: Side
    baseline: Side | None
    model_verdict: str = Field(
        default="",
        description="how good the candidate is by itself, in the one sentence of its page",
    )
    changes: tuple[Change, ...] = Field(description="of the runs as they were given")
    gaps: tuple[Gap, ...]
    escalation: Escalation | None = Field(
        default=None, description="further showers, where they were asked for after a red"
    )
