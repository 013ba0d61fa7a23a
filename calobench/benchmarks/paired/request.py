"""Request for a comparison of two models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calobench.detectors.spec import DetectorSpec
from calobench.io.reading import UNDECLARED, Reading

__all__ = ["ComparisonRequest"]


@dataclass(frozen=True)
class ComparisonRequest:
    """Request: what to compare.

    Attributes:
        first: registered name, ``package.module:factory`` or a shower file.
        second: likewise, of the same conditions.
        detector: the detector.
        reference: a file of showers; None for the bundled sample.
        n: showers of each; None: 1,000 from a model, all of a file.
        seed: of generation, the same for both, and of the resampling.
        replicas: of the bootstrap, and permutations.
        reading: what is known beforehand of the files of showers.
        out: file of the result, beside which shards lie; None for no shards.
        force: start again where shards of other settings are there.
    """

    first: str
    second: str
    detector: DetectorSpec
    reference: Path | None = None
    n: int | None = None
    seed: int = 1
    replicas: int = 200
    reading: Reading = UNDECLARED
    out: Path | None = None
    force: bool = False
