"""Whether a model has seen the reference: then scores against it say nothing about new showers."""

from __future__ import annotations

from typing import NamedTuple

from calobench.results.multivariate import Closeness
from calobench.results.schema import Results

__all__ = ["TooClose", "near_p_value", "too_close", "too_close_reasons"]

_TESTS = 2
"""Near copies, and neighbours in the other sample."""


class TooClose(NamedTuple):
    """Reasons to take a model to have seen the reference.

    Attributes:
        reason: in words.
        copies: showers that are the reference's, exactly or nearly; 0 where only neighbours tell.
        n: of the model.
    """

    reason: str
    copies: int
    n: int

    @property
    def is_copy(self) -> bool:
        """Whether most showers are the reference's own."""
        return 2 * self.copies > self.n


def too_close(results: Results, level: float) -> TooClose | None:
    """Whether showers of the model are those of the reference, or nearer to them than chance allows.

    Args:
        results: of a run.
        level: probability of saying so of a model that is as Geant4 and has not seen the reference.
    """
    close = None if results.multivariate is None else results.multivariate.closeness
    copied, n = results.run.copied_showers or 0, results.run.n
    reasons = [] if close is None else too_close_reasons(close, level)
    if copied and not (close and close.exact):
        reasons.insert(0, f"{copied} of {n} showers are showers of the reference, cell by cell")
    if not reasons:
        return None
    if close is None or copied > close.near:
        return TooClose("; ".join(reasons), copied, n)
    return TooClose("; ".join(reasons), max(close.near, close.exact), close.n_model)


def too_close_reasons(close: Closeness, level: float) -> list[str]:
    """Reasons why showers are too close to the reference's, in words; none where they are not.

    Args:
        close: of the samples.
        level: probability of a reason where the model has not seen the reference.
    """
    reasons = []
    if close.exact:
        count = f"{close.exact} of {close.n_model}"
        reasons.append(f"{count} showers are showers of the reference, cell by cell")
    if close.near > close.exact and _TESTS * near_p_value(close) <= level:
        reasons.append(
            f"{close.near} of {close.n_model} lie nearer to a shower of the reference than a tenth of "
            f"what Geant4's own are apart ({close.near_in_reference} of {close.n_reference} of these do)"
        )
    elif not close.exact and _TESTS * close.p_value <= level:
        reasons.append(
            f"{close.cross_neighbours:.0%} of all showers have their nearest neighbour in the other "
            f"sample; of independent samples {close.cross_neighbours_null:.0%} have"
        )
    return reasons


def near_p_value(close: Closeness) -> float:
    """Fisher's exact test, one-sided, that more showers are near than in the reference itself."""
    both = close.n_model + close.n_reference
    near = close.near + close.near_in_reference
    # Takes half a second to import, and is needed by few pages.
    from scipy.stats import hypergeom

    return float(hypergeom.sf(close.near - 1, both, near, close.n_model))
