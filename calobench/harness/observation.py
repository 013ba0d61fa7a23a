"""Everything that an evaluation keeps of showers: chunk by chunk, each for itself, then joined in order.

So chunks can be observed anywhere; what is joined does not depend on who has observed which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from calobench._util.parallel import in_order
from calobench._util.progress import Advance
from calobench.detectors.spec import DetectorSpec
from calobench.harness.events import Images, Side, images_of
from calobench.harness.mean_showers import FractionSums
from calobench.harness.stages import Stages
from calobench.observables import FeatureTable, Observable, compute_features
from calobench.showers import Content, Showers

__all__ = ["Observation", "ObservedHere", "Observer", "Observing", "observed_here"]


class Observation(NamedTuple):
    """Some consecutive showers of a sample, or all of them.

    Attributes:
        table: their observables.
        content: their checksums.
        fractions: sums for the mean shower.
        images: of those among them that are displayed.
    """

    table: FeatureTable
    content: Content
    fractions: FractionSums
    images: Images

    @classmethod
    def joined(cls, parts: Iterable[Observation], n: int, advance: Advance) -> Observation:
        """All parts, which come in order and need not be kept.

        Args:
            parts: at least one.
            n: number of showers of all.
            advance: told how many showers are there.
        """
        rest: list[tuple[Content, FractionSums, Images]] = []

        def tables() -> Iterator[FeatureTable]:
            for table, content, fractions, images in parts:
                rest.append((content, fractions, images))
                advance(len(table))
                yield table

        table = FeatureTable.collect(tables(), n)
        return cls(
            table,
            Content.joined([content for content, _, _ in rest]),
            FractionSums.joined([fractions for _, fractions, _ in rest]),
            {rank: image for _, _, images in rest for rank, image in images.items()},
        )


@dataclass(frozen=True)
class Observer:
    """A request to observe a sample.

    Attributes:
        detector: gives the mesh.
        observables: to compute.
        side: which sample it is.
        chosen: rows of its showers that are displayed.
    """

    detector: DetectorSpec
    observables: Sequence[Observable]
    side: Side
    chosen: NDArray[np.intp]

    def observe(self, chunk: Showers, first: int) -> Observation:
        """Of one chunk.

        Args:
            chunk: consecutive showers.
            first: row of the first of them.

        Raises:
            CalobenchError: whatever is wrong with the chunk.
        """
        return Observation(
            compute_features(chunk, self.detector, self.observables),
            Content.of(chunk),
            FractionSums.of(chunk),
            images_of(self.side, self.chosen, chunk, first),
        )


def observed_here(
    chunks: Iterable[Showers],
    observer: Observer,
    look: Callable[[Showers], object],
    first: int = 0,
    workers: int | None = None,
) -> Iterator[Observation]:
    """Observations of chunks in order, on threads of this process; a few are held at a time.

    Args:
        chunks: the showers in order.
        observer: observes them.
        look: shown each chunk, in order.
        first: row of the first shower.
        workers: threads; None for one per core.
    """

    def rows() -> Iterator[tuple[int, Showers]]:
        row = first
        for chunk in chunks:
            yield row, chunk
            row += len(chunk)

    def observe(item: tuple[int, Showers]) -> tuple[Showers, Observation]:
        row, chunk = item
        return chunk, observer.observe(chunk, row)

    for chunk, observation in in_order(observe, rows(), workers):
        look(chunk)
        yield observation


class Observing(Protocol):
    """A way to observe the showers of both samples: here, or in shards.

    Attributes:
        stage: what the stage of the model's showers is called.
    """

    stage: str

    def prepare(self, stages: Stages) -> None:
        """Do what can be done before anything is asked for."""

    def of(self, observer: Observer, look: Callable[[Showers], object]) -> Iterator[Observation]:
        """Observations of a sample in order.

        Args:
            observer: what is to be observed, and of which sample.
            look: shown the showers, chunk by chunk.
        """


class ObservedHere:
    """In this process, as they are read or generated.

    Args:
        reference: the reference's chunks.
        model: the chunks of the sample under test.
        stage: see :class:`Observing`.
    """

    def __init__(
        self,
        reference: Callable[[], Iterator[Showers]],
        model: Callable[[], Iterator[Showers]],
        stage: str,
    ) -> None:
        self._chunks: dict[Side, Callable[[], Iterator[Showers]]] = {
            "reference": reference,
            "model": model,
        }
        self.stage = stage

    def prepare(self, stages: Stages) -> None:
        """See :class:`Observing`: nothing."""

    def of(self, observer: Observer, look: Callable[[Showers], object]) -> Iterator[Observation]:
        """See :class:`Observing`."""
        return observed_here(self._chunks[observer.side](), observer, look)
