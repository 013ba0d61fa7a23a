"""JSON that means one thing only."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

__all__ = ["parse_json"]


def parse_json(text: str) -> Any:
    """The content of a JSON text.

    Raises:
        ValueError: it is not JSON, has a key twice, of which two readers may take different ones, a number
            of thousands of digits, or brackets nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("brackets are nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key '{twice}' is there twice")
    return unique
