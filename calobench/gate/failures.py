"""Failures of a model in itself: a few showers in a thousand, judged by what Geant4 and physics allow.

Two samples of 1,000 alone cannot tell a fraction of 1 % from chance at the level of a main metric: ten to
none has a probability of one in 1,000. Geant4's own showers know that there are none.
"""

from __future__ import annotations

from scipy.stats import binom, hypergeom

from calobench.results.quality import CountMetric

__all__ = ["ALLOWANCE", "failure_p_value", "fraction_p_value", "is_impossible"]

ALLOWANCE = 10.0
"""A model that did not change, but fails more often than Geant4, is called worse with a probability of at
most this many times the metric's part of alpha; with the default policy that is alpha."""


def fraction_p_value(count: int, n: int, other: int, n_other: int) -> float:
    """Fisher's exact test, one-sided: that ``count`` or more of ``count + other`` are in the first sample.

    Args:
        count: showers with a property in the first sample.
        n: showers of the first sample.
        other: the same in the second sample.
        n_other: showers of the second sample.
    """
    return float(hypergeom.sf(count - 1, n + n_other, count + other, n))


def is_impossible(baseline: CountMetric, candidate: CountMetric) -> bool:
    """Whether the candidate has what physics forbids, and the baseline had not."""
    return candidate.possible is not None and candidate.count > 0 and baseline.count == 0


def failure_p_value(baseline: CountMetric, candidate: CountMetric) -> float:
    """One-sided p-value of more failures than before, and more than Geant4 has.

    Where physics knows their fraction: of so many by chance in a sound model (binomial). Otherwise both must
    hold: more than in baseline and reference together, and, at a level ten times as large, more
    than in the baseline. For a model that fails as rarely as Geant4 the p-value is valid; for any model
    that did not change, ten times the p-value is.

    Args:
        baseline: fewer of its showers failed.
        candidate: with ``failure``.
    """
    if is_impossible(baseline, candidate) and candidate.possible is not None:
        return float(binom.sf(candidate.count - 1, candidate.n, candidate.possible))
    changed = fraction_p_value(candidate.count, candidate.n, baseline.count, baseline.n)
    if candidate.possible is not None:
        return changed
    sound = fraction_p_value(
        candidate.count,
        candidate.n,
        baseline.count + candidate.reference_count,
        baseline.n + candidate.n_reference,
    )
    return max(sound, changed / ALLOWANCE)
