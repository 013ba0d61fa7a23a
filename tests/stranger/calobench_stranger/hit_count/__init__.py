"""How many cells a shower hits, as a benchmark of the showers of a run."""
