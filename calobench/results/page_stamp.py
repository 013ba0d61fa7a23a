"""Digest of the results that a page was drawn from, so that a page beside other results is noticed."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["is_of_other_results", "stamped_digest"]

# Written by the templates, in the head of the page.
_STAMP = re.compile(rb'<meta name="calobench-results" content="([0-9a-f]{64})">')
_HEAD_BYTES = 4096


def stamped_digest(page: Path) -> str | None:
    """The digest of the results that a page was drawn from; None if it does not say, or is not there."""
    try:
        with page.open("rb") as stream:
            match = _STAMP.search(stream.read(_HEAD_BYTES))
    except OSError:
        return None
    return match[1].decode() if match else None


def is_of_other_results(page: Path, digest: str) -> bool:
    """Whether a page says that it was drawn from other results than those of this digest."""
    return stamped_digest(page) not in (None, digest)
