"""Two models on the same conditions and seeds: which is nearer to Geant4, and how sure that is."""

from calobench.benchmarks.paired.compare import Differences, compare_paired

__all__ = ["Differences", "compare_paired"]
