"""Running a benchmark: sources of showers, stages, provenance and the run itself."""

from calobench.harness.run import RunRequest, run

__all__ = ["RunRequest", "run"]
