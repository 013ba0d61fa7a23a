"""Warning about a model that is too close to the reference for its scores to mean anything."""

from __future__ import annotations

from scipy.stats import hypergeom

from calobench.results.multivariate import Closeness

__all__ = ["closeness_warning"]

LEVEL = 1e-3
"""Of each test: a good model is warned about once in some hundred runs, at most."""


def closeness_warning(found: Closeness | None) -> list[str]:
    """What is said about copies of the reference, and of nothing where there is nothing to say."""
    if found is None:
        return []
    reasons = []
    if found.exact:
        share = f"{found.exact} of {found.n_model}"
        reasons.append(f"{share} showers are showers of the reference, cell by cell")
    if found.near > found.exact and _more_than_in_reference(found):
        reasons.append(
            f"{found.near} of {found.n_model} lie nearer to a shower of the reference than a tenth of "
            f"what Geant4's own are apart ({found.near_in_reference} of {found.n_reference} of these do)"
        )
    elif not found.exact and found.p_value <= LEVEL:
        reasons.append(
            f"{found.cross_neighbours:.0%} of all showers have their nearest neighbour in the other "
            f"sample; of independent samples {found.cross_neighbours_null:.0%} have"
        )
    if not reasons:
        return []
    return [
        f"too close to the reference: {'; '.join(reasons)}. The model has seen the reference, and scores "
        "against it say nothing about new showers; compare with Geant4 showers that it has not seen"
    ]


def _more_than_in_reference(found: Closeness) -> bool:
    """Fisher's exact test, one-sided."""
    both = found.n_model + found.n_reference
    near = found.near + found.near_in_reference
    return float(hypergeom.sf(found.near - 1, both, near, found.n_model)) <= LEVEL
