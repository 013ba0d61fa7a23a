"""The parts of the gate beside the quality: those of all benchmarks."""

from __future__ import annotations

from functools import cache

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.gate.part import GatePart

__all__ = ["gate_parts", "part_of"]


@cache
def gate_parts() -> dict[str, GatePart]:
    """By name of the benchmark."""
    return {name: one.gate() for name, one in all_benchmarks().items() if one.gate is not None}


def part_of(metric: str) -> str:
    """The benchmark that a metric, or a pattern for metrics, belongs to by its name; '' for the quality."""
    return next((name for name in gate_parts() if metric.startswith(f"{name}.")), "")
