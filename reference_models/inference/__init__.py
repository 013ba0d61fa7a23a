"""Ways to evaluate a trained network: same weights, same numbers to rounding, other speed.

One file a backend; :mod:`reference_models.inference.choose` picks one.
"""
