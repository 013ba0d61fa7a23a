"""Plots of the report, one file a kind. Nothing outside ``calobench.report`` imports matplotlib."""
