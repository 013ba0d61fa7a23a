"""Samplers of the EDM probability-flow ODE and of consistency functions, one file each.

All share one call: ``sample(denoise, x, sigmas, noise)`` with ``denoise(x, sigma) -> x0``,
``x`` the starting noise times ``sigmas[0]`` and ``sigmas`` decreasing to 0.
"""
