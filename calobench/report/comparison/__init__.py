"""Several results side by side: what may be compared, and the numbers of every figure."""
