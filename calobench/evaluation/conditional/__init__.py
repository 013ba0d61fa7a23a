"""Observables at given energy and angles: the conditional model, its residuals, dependences, gate metrics."""
