"""All benchmarks: those of every folder of this package, and of other packages."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover_folders
from calobench.benchmarks.base import Benchmark

__all__ = ["all_benchmarks"]


@cache
def all_benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by name: those of calobench in alphabetical order, then those of other packages.

    Raises:
        PluginError: two benchmarks have the same name, or an entry point names something else.
    """
    benchmarks = discover_folders(
        "calobench.benchmarks", "benchmark", "BENCHMARK", Benchmark, "calobench.benchmarks"
    )
    return {benchmark.name: benchmark for benchmark in benchmarks}
