"""The seal of a document: a digest of all that it says, so that an edited one is not taken at its word.

It finds edits, not forgers: whoever wants to can seal anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field

from calobench.results.record import Record

__all__ = ["Sealed", "digest_of", "is_intact", "seal"]


class Sealed(Record):
    """A document with its digest."""

    digest: str = Field(default="", description="SHA-256 of everything else: finds edits")


# Of floats; no number of results is larger.
_MAX_FLOAT = 1e308

Document = TypeVar("Document", bound=Sealed)


def seal(document: Document) -> Document:
    """The document with the digest of what it says now."""
    return document.model_copy(update={"digest": digest_of(document)})


def digest_of(document: Sealed) -> str:
    """The digest of what the document says now."""
    # By way of its text: a reader sees no more than that.
    return _digest(json.loads(document.model_dump_json()))


def is_intact(content: Mapping[str, Any]) -> bool:
    """Whether a document, as read from JSON, has the digest of what it says."""
    return content.get("digest") == _digest(content)


def _digest(content: Mapping[str, Any]) -> str:
    kept = _canonical({key: value for key, value in content.items() if key != "digest"})
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """One form for what means the same.

    What is None is left out, so that an optional field added later changes no digest; numbers are
    floats, for other programs write 10.0 as 10.
    """
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_FLOAT:
        if int(value) != int(float(value)):
            return value  # an integer of so many digits that two of them are one float
        return float(value) + 0.0  # and no -0.0
    return value
