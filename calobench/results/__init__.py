"""The typed results of a run, and their file.

Nothing is imported here: benchmarks keep their records in their own folders, and each needs the other.
"""
