"""Warning about a model that is too close to the reference for its scores to mean anything."""

from __future__ import annotations

from calobench.results.multivariate import Closeness
from calobench.results.significance import ALPHA
from calobench.verdict.closeness import too_close_reasons
from calobench.verdict.parts import part_level

__all__ = ["closeness_warning"]


def closeness_warning(closeness: Closeness | None) -> list[str]:
    """A sentence about copies of the reference; none where there is nothing to say."""
    reasons = [] if closeness is None else too_close_reasons(closeness, part_level(ALPHA))
    if not reasons:
        return []
    return [
        f"too close to the reference: {'; '.join(reasons)}. The model has seen the reference, and scores "
        "against it say nothing about new showers; compare with Geant4 showers that it has not seen"
    ]
