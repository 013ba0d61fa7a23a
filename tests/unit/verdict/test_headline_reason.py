"""A number below its tolerance is not said to exceed it."""

from __future__ import annotations

import pytest

from calobench.results.verdict import Effect, Level, Topic
from calobench.verdict.words import headline_reason


@pytest.mark.parametrize(
    ("value", "level", "expected"),
    [
        (0.41, Level.FLAWS, "mean response; tolerance 0.50 %, which is not shown to be met"),
        (-0.41, Level.FLAWS, "mean response; tolerance 0.50 %, which is not shown to be met"),
        (0.61, Level.FLAWS, "mean response; tolerance 0.50 %"),
        (6.0, Level.UNUSABLE, "mean response; unusable beyond 5.0 %"),
    ],
)
def test_what_is_not_shown_is_said(value: float, level: Level, expected: str) -> None:
    """0.41 ± 0.06 with a tolerance of 0.5: the interval reaches beyond it, the number does not."""
    effect = Effect(
        name="response.mean", topic=Topic.ENERGY, label="mean response", value=value, error=0.06,
        unit="%", sigmas=6.3, max=0.5, unusable=5.0, within=False, level=level, words="mean response",
    )  # fmt: skip
    assert headline_reason(effect) == expected
