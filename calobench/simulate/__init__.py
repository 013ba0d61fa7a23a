"""Geant4 itself: showers of a detector, from its YAML alone."""

from calobench.simulate.beam import Beam, make_beam
from calobench.simulate.fast_check import FastCheck, fast_check
from calobench.simulate.fast_model import FAST_ABOVE_MEV, FastModel
from calobench.simulate.production import SHARD_SIZE, Monitor, Production, produce

__all__ = [
    "FAST_ABOVE_MEV",
    "SHARD_SIZE",
    "Beam",
    "FastCheck",
    "FastModel",
    "Monitor",
    "Production",
    "fast_check",
    "make_beam",
    "produce",
]
