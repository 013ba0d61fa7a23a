"""Corrections that are measured on a trained network's showers, per detector."""
