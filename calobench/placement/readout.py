"""The readout of a detector, from its YAML."""

from __future__ import annotations

from calobench.detectors import DetectorSpec
from calobench.placement.cells import Readout
from calobench.placement.square import SquareReadout
from calobench.placement.theta_module import ThetaModuleReadout

__all__ = ["Readout", "make_readout"]


def make_readout(detector: DetectorSpec) -> Readout:
    """The readout that a detector's YAML describes.

    Raises:
        SpecError: it describes none.
    """
    inclined = detector.readout is not None and detector.readout.cells.kind == "theta_module"
    return ThetaModuleReadout(detector) if inclined else SquareReadout(detector)
