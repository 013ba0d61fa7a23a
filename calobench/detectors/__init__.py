"""Detector specifications: one YAML a detector."""

from calobench.detectors.catalogue import detector_names, load_detector
from calobench.detectors.spec import DetectorSpec

__all__ = ["DetectorSpec", "detector_names", "load_detector"]
