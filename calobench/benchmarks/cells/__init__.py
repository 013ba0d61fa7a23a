"""The classifier test on the cells themselves: a small network instead of trees on observables."""
