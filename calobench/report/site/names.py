"""Names of the site's files: plain, and different for what is called differently."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

__all__ = ["MANIFEST", "badge_name", "comparison_name", "trend_name"]

MANIFEST = "site.json"
"""Lists all files of a site, and what each was made of."""

_MAX_LETTERS = 60


def trend_name(key: Sequence[str]) -> str:
    """Of the page of a model on a detector for a use."""
    return f"trends/{_plain(key)}.html"


def comparison_name(key: Sequence[str]) -> str:
    """Of the page of all models on a detector for a use."""
    return f"compare/{_plain(key)}.html"


def badge_name(key: Sequence[str]) -> str:
    """Of the badge of a model on a detector for a use."""
    return f"badges/{_plain(key)}.svg"


def _plain(key: Sequence[str]) -> str:
    """Letters that every file system and address takes; a digest tells apart what they leave alike."""
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(key).lower()).strip("-")[:_MAX_LETTERS]
    return f"{words}-{hashlib.sha256(chr(0).join(key).encode()).hexdigest()[:8]}"
