"""What only a sample has, not a single shower: dependences on energy and angle, correlations."""

from calobench.samplewide.core import CoreMoments, core_errors, core_moments
from calobench.samplewide.evaluate import FEWEST_SHOWERS, sample_wide

__all__ = ["FEWEST_SHOWERS", "CoreMoments", "core_errors", "core_moments", "sample_wide"]
