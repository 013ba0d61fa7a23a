"""A sample with another incident spectrum, thinned until it has the reference's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ConditionsError
from calobench.harness.conditions import spectra_agree
from calobench.harness.sources import Source
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions, Showers

__all__ = ["MIN_KEPT", "Matched", "match_spectrum", "spectrum_ratio"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_KEPT = 50
"""With fewer showers left the two spectra have too little in common."""


class Matched(NamedTuple):
    """A source whose incident spectrum is the reference's.

    Attributes:
        source: yields what is kept.
        note: what was done, for people; None for nothing.
    """

    source: Source
    note: str | None


def match_spectrum(source: Source, reference: Conditions, seed: int) -> Matched:
    """Keep showers at random, each with a probability proportional to the ratio of the densities.

    Rejection sampling: what is kept has the reference's density of energy and theta, every shower
    counts once, and all that follows (errors, nulls, N) holds as for any other sample of that
    size. Weights would keep more showers, but each score, null and test would have to know
    them; how much is lost is in the note. A sample whose spectrum agrees already stays whole.

    Args:
        source: the sample.
        reference: conditions of the reference.
        seed: of the choice.

    Raises:
        ConditionsError: too few showers are left, or the spectra do not agree even then.
    """
    sample = source.conditions
    if spectra_agree(sample, reference):
        return Matched(source, None)
    ratio = spectrum_ratio(sample, reference)
    if not ratio.any():
        raise ConditionsError(_too_little(source.info.name, 0))
    rng = np.random.default_rng(np.random.SeedSequence((seed, 5)))
    kept = rng.random(len(sample)) * ratio.max() < ratio
    if kept.sum() < MIN_KEPT:
        raise ConditionsError(_too_little(source.info.name, int(kept.sum())))
    thinned = _Thinned(source, kept)
    if not spectra_agree(thinned.conditions, reference):
        raise ConditionsError(_too_little(source.info.name, int(kept.sum())))
    effective = ratio.sum() ** 2 / (ratio**2).sum()
    note = (
        f"reweighted: {int(kept.sum())} of {len(sample)} showers of {source.info.name} are kept, so "
        "that their incident energy and theta are distributed as the reference's (effective size of "
        f"weights: {effective:.0f})"
    )
    return Matched(thinned, note)


def spectrum_ratio(sample: Conditions, reference: Conditions) -> Array:
    """Density of the reference over that of the sample, at the sample's conditions.

    From a logistic regression that tells the two apart by polynomials in ln E and cos theta: its
    odds are the ratio of the densities, up to a factor. 0 outside the reference's range.

    Args:
        sample: (N,).
        reference: (M,).

    Returns:
        Not normalised, (N,).
    """
    from sklearn.linear_model import LogisticRegression

    inside = np.ones(len(sample), dtype=bool)
    for of_sample, of_reference in (
        (sample.energy, reference.energy),
        (sample.theta, reference.theta),
    ):
        inside &= (of_sample >= of_reference.min() * (1 - 1e-6)) & (
            of_sample <= of_reference.max() * (1 + 1e-6)
        )
    ratio = np.zeros(len(sample))
    if not inside.any():
        return ratio
    raw = _terms(reference), _terms(sample[inside])
    centre, spread = raw[0].mean(axis=0), raw[0].std(axis=0)
    terms = [(part - centre) / np.where(spread > 0, spread, 1.0) for part in raw]
    is_reference = np.repeat([True, False], [len(part) for part in terms])
    line = LogisticRegression(C=100.0, max_iter=1000).fit(np.concatenate(terms), is_reference)
    ratio[inside] = np.exp(line.decision_function(terms[1]))
    return ratio


def _terms(conditions: Conditions) -> Array:
    log_energy = np.log(conditions.energy / 1e4)
    cosine = np.cos(conditions.theta)
    return np.stack(
        [
            log_energy,
            log_energy**2,
            log_energy**3,
            conditions.energy / 1e4,
            cosine,
            cosine**2,
            cosine * log_energy,
        ],
        axis=1,
    )


def _too_little(name: str, kept: int) -> str:
    return (
        f"{name} and the reference have too little of their incident spectra in common to reweight "
        f"one to the other ({kept} showers would be left, of a spectrum that still differs or too "
        f"few: {MIN_KEPT} are needed); generate showers for the reference's conditions"
    )


class _Thinned:
    """Some showers of another source."""

    def __init__(self, source: Source, kept: Mask) -> None:
        self.info: ModelInfo = source.info
        self.stage: str = source.stage
        self.conditions = source.conditions[kept]
        self._source, self._kept = source, kept

    def remarks(self) -> tuple[str, ...]:
        """See :class:`~calobench.harness.sources.Source`."""
        return self._source.remarks()

    def chunks(self, size: int) -> Iterator[Showers]:
        """See :class:`~calobench.harness.sources.Source`."""
        first = 0
        for chunk in self._source.chunks(size):
            rows = np.flatnonzero(self._kept[first : first + len(chunk)])
            first += len(chunk)
            if len(rows):
                yield chunk[rows]
