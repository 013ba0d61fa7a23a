"""Whether two results were made with the same showers of Geant4."""

from __future__ import annotations

from calobench.results.schema import ReferenceRecord

__all__ = ["same_reference"]


def same_reference(first: ReferenceRecord, second: ReferenceRecord) -> bool:
    """Whether two samples hold the same showers, whatever their files pack them with."""
    if first.content_sha256 is not None and second.content_sha256 is not None:
        return first.content_sha256 == second.content_sha256
    return first.sha256 == second.sha256
