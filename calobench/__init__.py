"""calobench: is a fast calorimeter simulation as good as Geant4, how sure are we, what does it cost?

The public names are imported when they are first used::

    import calobench as cb

    reference = cb.reference("ALLEGRO")
    result = cb.evaluate(my_showers, reference, detector="ALLEGRO")
    result.verdict, result.table(), result.plot("response"), result.save("run/")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calobench.api import evaluate, judge, read_results, read_showers, reference
    from calobench.comparison import Comparison, compare, plot
    from calobench.detectors import load_detector
    from calobench.harness.run import RunRequest, run
    from calobench.models.registry import load_model
    from calobench.result import Result
    from calobench.showers import Conditions, Showers
    from calobench.suite.sweep import SweepRequest, sweep

__all__ = [
    "Comparison",
    "Conditions",
    "Result",
    "RunRequest",
    "Showers",
    "SweepRequest",
    "__version__",
    "compare",
    "evaluate",
    "judge",
    "load_detector",
    "load_model",
    "plot",
    "read_results",
    "read_showers",
    "reference",
    "run",
    "sweep",
]

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "calobench.comparison",
    "Conditions": "calobench.showers",
    "Result": "calobench.result",
    "RunRequest": "calobench.harness.run",
    "Showers": "calobench.showers",
    "SweepRequest": "calobench.suite.sweep",
    "compare": "calobench.comparison",
    "evaluate": "calobench.api",
    "judge": "calobench.api",
    "load_detector": "calobench.detectors",
    "load_model": "calobench.models.registry",
    "plot": "calobench.comparison",
    "read_results": "calobench.api",
    "read_showers": "calobench.api",
    "reference": "calobench.api",
    "run": "calobench.harness.run",
    "sweep": "calobench.suite.sweep",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'calobench' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
