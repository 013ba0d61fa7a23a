"""The same noise through every way of evaluating a variant: what differs, and where it begins."""
