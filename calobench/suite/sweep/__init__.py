"""Quality against the number of network evaluations and against time: one model with many samplers.

:mod:`~calobench.suite.sweep.points` says which models those are, :mod:`~calobench.suite.sweep.run` measures
them, as runs of a suite and in one timing, :mod:`~calobench.suite.sweep.record` is what comes out, and
:mod:`~calobench.suite.sweep.page` shows it.
"""

from calobench.suite.sweep.record import SweepPoint, SweepResults
from calobench.suite.sweep.run import SweepRequest, sweep

__all__ = ["SweepPoint", "SweepRequest", "SweepResults", "sweep"]
