"""The typed results of a run, and their file."""

from calobench.results.schema import SCHEMA_VERSION, Results
from calobench.results.store import read_results, write_results

__all__ = ["SCHEMA_VERSION", "Results", "read_results", "write_results"]
