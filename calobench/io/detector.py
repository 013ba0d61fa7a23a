"""The detector that files of showers name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calobench.detectors import DetectorSpec, detector_names, load_detector
from calobench.errors import ShowerFileError
from calobench.io.joined import open_showers
from calobench.io.reading import Reading

__all__ = ["detector_called", "detector_of"]


def detector_called(name: str | None) -> DetectorSpec | None:
    """The detector that ships with calobench under this name; None if there is none.

    A path in a stranger's file is not followed.
    """
    known = (load_detector(one) for one in detector_names())
    return next((spec for spec in known if name is not None and spec.is_called(name)), None)


def detector_of(paths: Sequence[Path], reading: Reading) -> DetectorSpec:
    """The detector that files name.

    Raises:
        ShowerFileError: a file cannot be read, or none names a known detector.
    """
    with open_showers(paths, reading) as sample:
        spec = detector_called(sample.detector)
    if spec is None:
        raise ShowerFileError(f"{paths[0]} does not name a known detector; give it with --detector")
    return spec
