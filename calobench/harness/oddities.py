"""Oddities of a sample that can be read all the same: told, as scores alone would hide them."""

from __future__ import annotations

import numpy as np

from calobench.observables import FeatureTable
from calobench.results.quality import CountMetric, QualityRecord
from calobench.results.schema import MIN_WITH_ERRORS
from calobench.showers import Content

__all__ = ["FEW", "copy_warnings", "end_warnings", "few_warnings", "noise_warnings"]

FEW = 50
"""With fewer showers errors and p-values are rough."""


def few_warnings(n: int, name: str) -> list[str]:
    """Warning of a small sample, if it is small.

    Args:
        n: its number of showers.
        name: of the sample.
    """
    if n >= FEW:
        return []
    showers = f"only {n} shower{'s' if n > 1 else ''} of {name}"
    if n < MIN_WITH_ERRORS:
        return [f"{showers}: too few showers for error bars, none are shown; p-values say little"]
    return [f"{showers}: so few showers that error bars and p-values are rough"]


def end_warnings(table: FeatureTable, name: str) -> list[str]:
    """Warning of empty last showers, as they are when what made them ended early.

    Args:
        table: of the sample, with the observable ``response``.
        name: of the sample.
    """
    filled = np.flatnonzero(table.scalars["response"])
    empty = len(table) - 1 - int(filled.max(initial=-1))
    if empty < 2:
        return []
    return [f"{name}: the last {empty} of {len(table)} showers have no energy; were they all made?"]


def copy_warnings(sample: Content, reference: Content, name: str) -> list[str]:
    """Warnings of duplicate showers, to the last bit of every cell.

    Args:
        sample: the showers under test.
        reference: Geant4's.
        name: of the sample.
    """
    warnings = []
    copied = sample.copied_from(reference)
    if copied:
        warnings.append(
            f"{name}: {copied} of {len(sample.cells)} showers are copies of the reference's own showers; "
            "scores of copies are the best there can be, and say nothing of a model"
        )
    for content, whose in ((sample, name), (reference, "the reference")):
        repeated = content.repeated()
        if repeated:
            warnings.append(
                f"{whose}: {repeated} of {len(content.cells)} showers occur more than once, with the same "
                "energy in every cell; errors and p-values take showers for independent"
            )
    return warnings


def noise_warnings(quality: QualityRecord | None, name: str) -> list[str]:
    """Warning of showers that share the random numbers that they were made from.

    Args:
        quality: counts them.
        name: of the sample.
    """
    metrics = () if quality is None else quality.metrics
    counts = [m for m in metrics if isinstance(m, CountMetric) and m.name == "sample.same_noise"]
    return [
        f"{name}: {one.count} of {one.n} showers share their random numbers with others, at other energies "
        "or angles: the order of the sample repeats itself, as of sessions, threads or jobs that draw the "
        "same numbers; errors and p-values take showers for independent (docs/model_files.md)"
        for one in counts
        if one.count
    ]
