"""One pass over a sample of showers, of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calobench._util.parallel import in_order
from calobench._util.progress import Advance
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.io.checks import response_warnings
from calobench.observables import FeatureTable, Observable, compute_features
from calobench.showers import Content, Showers

__all__ = ["Observed", "observe", "require_energy", "unit_warnings"]


class Observed(NamedTuple):
    """A sample after one pass.

    Attributes:
        table: its observables.
        content: its checksums.
    """

    table: FeatureTable
    content: Content


def observe(
    chunks: Iterable[Showers],
    n: int,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    *,
    look: Callable[[Showers], object],
    advance: Advance,
) -> Observed:
    """Compute the observables of all showers, holding a few chunks of them at a time.

    Args:
        chunks: the showers in order.
        n: number of showers of all chunks.
        detector: gives the mesh.
        observables: what to compute.
        look: shown each chunk, in order.
        advance: told how many showers are done.

    Raises:
        CalobenchError: whatever is wrong with a chunk.
    """
    contents: list[Content] = []

    def compute(chunk: Showers) -> tuple[Showers, FeatureTable, Content]:
        return chunk, compute_features(chunk, detector, observables), Content.of(chunk)

    def tables() -> Iterable[FeatureTable]:
        for chunk, table, content in in_order(compute, chunks):
            look(chunk)
            contents.append(content)
            advance(len(chunk))
            yield table

    table = FeatureTable.collect(tables(), n)
    return Observed(table, Content.joined(contents))


def require_energy(table: FeatureTable, source: str | Path) -> None:
    """Check that there is something to compare with: every score of an empty sample is meaningless.

    Raises:
        ShowerFileError: not one shower has any energy.
    """
    if not np.any(table.scalars["response"]):
        raise ShowerFileError(f"{source}: no shower has any energy; give the reference's showers")


def unit_warnings(table: FeatureTable, detector: DetectorSpec, source: str | Path) -> list[str]:
    """Suspicions about the units of a sample, one line each, with the measured ratio.

    Args:
        table: has the observable ``response``.
        detector: whose sampling fraction to expect.
        source: where the showers come from, for the lines.
    """
    response = float(np.mean(table.scalars["response"]))
    return [f"{source}: {text}" for text in response_warnings(response, table.conditions, detector)]
