"""A part of the gate: how one benchmark is compared with an earlier run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from calobench._util.settings import Settings
from calobench.gate.kinds import MetricKind
from calobench.results.gate import Gap

if TYPE_CHECKING:
    from calobench.gate.changes import Entry
    from calobench.gate.policy import Policy

__all__ = ["GatePart", "Need", "PartSettings"]

Need = Literal["optional", "required", "ignore"]


class PartSettings(Settings):
    """Settings of a policy for a benchmark, in its table ``[benchmark.NAME]``.

    Attributes:
        judge: where it can be judged (``optional``), say NO VERDICT where it cannot (``required``), or
            never (``ignore``).
    """

    judge: Need = "optional"


@dataclass(frozen=True)
class GatePart:
    """Comparison of the records of one benchmark in two runs.

    Names of its metrics begin with the benchmark's name and a dot.

    Attributes:
        absent: of a run without the benchmark, after "the results have" or "the baseline has".
        names: ``(record)``: names of its metrics.
        obstacles: ``(candidate, baseline, settings)``: what keeps the two from being compared; each
            reason says what to do.
        entries: ``(candidate, baseline, policy)``: metrics that both have, and the others with the
            reason.
        settings: what a policy may say of it.
        too_small: ``(record, settings)``: why a run is too small to be compared; '' where it is not.
        headline: metrics that are among the main ones.
        kinds: of metrics, beyond those of the quality.
    """

    absent: str
    names: Callable[[Any], list[str]]
    obstacles: Callable[[Any, Any, Any], list[str]]
    entries: Callable[[Any, Any, Policy], tuple[list[Entry], list[Gap]]]
    settings: type[PartSettings] = PartSettings
    too_small: Callable[[Any, Any], str] = lambda record, settings: ""  # noqa: ARG005
    headline: tuple[str, ...] = ()
    kinds: tuple[MetricKind, ...] = ()
