"""Remarks that a reader should know before believing it."""

from __future__ import annotations

from collections.abc import Iterator

from calobench.benchmarks.calochallenge.binning import Binning
from calobench.benchmarks.calochallenge.datasets import ChallengeDataset
from calobench.benchmarks.calochallenge.distances import MIN_SHOWERS, MIN_UNBIASED
from calobench.benchmarks.calochallenge.record import ChallengeSample, SeparationRow

__all__ = ["protocol_remarks"]

# Entries that one sample has outside a histogram and the other has not, as a fraction of all.
_LARGE_DIFFERENCE = 0.01


def protocol_remarks(
    dataset: ChallengeDataset,
    binning: Binning,
    reference: ChallengeSample,
    generated: ChallengeSample,
    rows: tuple[SeparationRow, ...],
    features: int,
) -> Iterator[str]:
    """One line each.

    Args:
        dataset: the data set.
        binning: that was used.
        reference: the Geant4 sample.
        generated: the model's sample.
        rows: of the table.
        features: of the vector for FPD and KPD.
    """
    if set(reference.files.values()) & set(generated.files.values()):
        yield "one file is in both samples: its showers are compared with themselves"
    if binning.layers != dataset.binning.layers:
        yield f"{binning.source} differs from the binning of {dataset.title}"
    if generated.negative_cells:
        yield (
            f"{generated.negative_cells:,} generated cells were negative; like all cells below "
            f"{dataset.threshold_mev:.4g} MeV they count as empty"
        )
    smaller = min(reference.n, generated.n)
    if smaller < MIN_SHOWERS:
        yield (
            f"FPD and KPD as published draw batches of {MIN_SHOWERS:,} showers, the smaller sample has "
            f"{smaller:,}: only the values without bias are given, which do not compare with published ones"
        )
    if smaller < MIN_UNBIASED:
        yield f"FPD and KPD need {MIN_UNBIASED} showers in each sample, the smaller one has {smaller}"
    elif smaller < 2 * features:
        yield (
            f"FPD without bias is extrapolated in 1/N: with {smaller:,} showers for {features} features "
            "that fails, and only its null and its p-value say something"
        )
    if smaller < 0.9 * dataset.reference_showers:
        yield (
            f"published tables were made with {dataset.reference_showers:,} showers per sample, the "
            f"smaller one here has {smaller:,}: floors are higher, values do not compare directly"
        )
    for row in rows:
        if abs(row.outside_generated - row.outside_reference) > _LARGE_DIFFERENCE:
            yield (
                f"{row.name}: {row.outside_generated:.1%} of the generated entries and "
                f"{row.outside_reference:.1%} of the reference's lie outside the bins; the published "
                "definition drops them, 'complete' counts them"
            )
