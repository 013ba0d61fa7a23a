"""Benchmarks: each one folder with its computation, its record and its part of the gate."""
