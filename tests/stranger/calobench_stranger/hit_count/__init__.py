"""Number of cells hit per shower, as a benchmark of the showers of a run."""
