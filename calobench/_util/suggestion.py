"""Suggestions for a mistyped name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.5) -> str:
    """``"did you mean 'known'? "`` with the name that is closest, whatever its case; "" if none is.

    Args:
        name: what was typed.
        known: what there is.
        cutoff: from 0, anything, to 1, equal.
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=cutoff)
    return f"did you mean '{folded[close[0]]}'? " if close else ""
