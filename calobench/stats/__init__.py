"""Statistics: pure functions of arrays, which know nothing of showers or detectors."""
