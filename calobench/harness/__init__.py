"""Running a benchmark: sources of showers, stages, provenance and the run itself.

Nothing is imported here: workers that only generate need no statistics.
"""
